"""The declaration for pydantic 1, with its own types and nothing written by hand."""
import sys
from datetime import timedelta
from typing import Literal

from pydantic import AnyHttpUrl, BaseSettings, ByteSize, Field, RedisDsn, SecretStr, ValidationError


class Settings(BaseSettings):
    REDIS_URL: RedisDsn
    HTTP_PORT: int = Field(ge=1, le=65535)
    WORKERS: int = Field(4, ge=1, le=64)
    LOG_LEVEL: Literal["debug", "info", "warning", "error"] = "info"
    BACKEND_URL: AnyHttpUrl
    API_KEY: SecretStr = Field(min_length=1)
    DEBUG: bool = False
    REQUEST_TIMEOUT: timedelta = timedelta(seconds=30)
    DB_PASSWORD: SecretStr = Field(min_length=1)
    SHOP_CACHE_SIZE: ByteSize = "64MiB"

    class Config:
        case_sensitive = True
        extra = "forbid"


try:
    Settings()
except ValidationError as wrong:
    sys.exit(str(wrong))
