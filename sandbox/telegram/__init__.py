"""A local Telegram: the Bot API over HTTP as far as a bot with a webhook needs it, and a phone page."""
