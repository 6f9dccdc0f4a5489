// The declaration for envalid, with its own validators and nothing written by hand.
const { cleanEnv, bool, num, port, str, url } = require('envalid')

cleanEnv(process.env, {
  REDIS_URL: url(),
  HTTP_PORT: port(),
  WORKERS: num({ default: 4 }),
  LOG_LEVEL: str({ choices: ['debug', 'info', 'warning', 'error'], default: 'info' }),
  BACKEND_URL: url(),
  API_KEY: str(),
  DEBUG: bool({ default: false }),
  REQUEST_TIMEOUT: str({ default: '30s' }), // it has neither durations nor sizes
  DB_PASSWORD: str(),
  SHOP_CACHE_SIZE: str({ default: '64MiB' }),
})
