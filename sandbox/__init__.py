"""A local WeChat Work: speaks the platform's real protocol over HTTP and shows members a phone page.

It imports nothing of the product, so the product cannot lean on it. Start it with ``python -m sandbox``.
"""
