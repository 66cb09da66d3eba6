"""Django's settings of the stand-alone service; every value that can differ comes from ``env``."""

from functools import partial

import local_mongo
from main_project import env, logs

environment = env.load()

DEBUG = False
SECRET_KEY = environment.secret_key
ALLOWED_HOSTS = list(environment.allowed_hosts)
ROOT_URLCONF = "main_project.urls"
WSGI_APPLICATION = "main_project.wsgi.application"
# Ours first: its runserver goes before that of staticfiles.
INSTALLED_APPS = ["main_project", "django.contrib.staticfiles", "user_auth"]
MIDDLEWARE = ["user_auth.web.middleware.EdgeMiddleware", "whitenoise.middleware.WhiteNoiseMiddleware"]
DATABASES: dict[str, dict[str, str]] = {}

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
APPEND_SLASH = False

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_ALLOW_ALL_ORIGINS = False
# After that browsers ask again, so that no page meets the scripts of an older release for long.
WHITENOISE_MAX_AGE = 300

TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
# No contrib.auth, so nobody is anonymous in its sense.
REST_FRAMEWORK = {"UNAUTHENTICATED_USER": None, "UNAUTHENTICATED_TOKEN": None}

EMAIL_BACKEND = (
    "user_auth.mail.mailbox.MailboxBackend"
    if environment.mail_to_mailbox
    else "django.core.mail.backends.smtp.EmailBackend"
)
EMAIL_HOST = environment.mail.host
EMAIL_PORT = environment.mail.port
EMAIL_HOST_USER = environment.mail.user
EMAIL_HOST_PASSWORD = environment.mail.password
EMAIL_USE_TLS = environment.mail.use_tls
EMAIL_USE_SSL = environment.mail.use_ssl
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = environment.mail.sender

USER_AUTH: dict[str, object] = {**environment.user_auth, "MODE": environment.mode.value}
if environment.embedded:
    USER_AUTH["MONGODB_URI"] = partial(local_mongo.attach, environment.data_dir)

LOGGING = logs.config(form=environment.log_format, level=environment.log_level)
