<?php
// The declaration for phpdotenv, with its own rules and nothing written by hand. It has rules, no types.
require_once 'Dotenv/autoload.php';

$env = Dotenv\Dotenv::createUnsafeImmutable(__DIR__);
$env->safeLoad();
try {
    $env->required(['REDIS_URL', 'HTTP_PORT', 'BACKEND_URL', 'API_KEY', 'DB_PASSWORD'])->notEmpty();
    $env->required('REDIS_URL')->allowedRegexValues('#^rediss?://#');
    $env->required('HTTP_PORT')->isInteger();
    $env->ifPresent('WORKERS')->isInteger();
    $env->ifPresent('LOG_LEVEL')->allowedValues(['debug', 'info', 'warning', 'error']);
    $env->required('BACKEND_URL')->allowedRegexValues('#^https?://#');
    $env->ifPresent('DEBUG')->isBoolean();
    $env->ifPresent('REQUEST_TIMEOUT')->allowedRegexValues('#^[0-9]+(ms|s|m|h)$#');
    $env->ifPresent('SHOP_CACHE_SIZE')->allowedRegexValues('#^[0-9]+(KiB|MiB|GiB)$#');
} catch (Dotenv\Exception\ValidationException $wrong) {
    fwrite(STDERR, $wrong->getMessage() . "\n");
    exit(1);
}
