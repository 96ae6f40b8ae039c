"""The service over HTTP: an API for services in any language, and the ground the console stands on.

Knows requests, who makes them, and answers in JSON. Does not know any rule: everything is asked of
`lifecycle.awaiting.AsyncLifecycle`. Needs the extra ``[http]``; see `lifecycle.http.app` for how it is put together.
"""
