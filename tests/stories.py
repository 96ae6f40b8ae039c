"""Case files as texts, for tests that read or replay them."""

from __future__ import annotations

import re

MARKED = """
[[case]]
<title>  = "Locked and suspended"
<cites>  = ["<P-29>", "<C-04>", "<G3-21>"]
<about>  = "Why it matters."
<chosen> = ["The dates."]
<tags>   = ["slow"]
<parameters> = { <wallet_policy> = "block" }
<starts> = "<suspended>"
<begins> = 2026-02-13T09:00:00+01:00
<given>  = { <ground> = "<unpaid_orders>", <author> = "<reviewer>:1", <ends> = 2026-05-01T00:00:00Z, <permanent> = false, <offers_appeal> = true, <contacts> = ["email"], <kind> = "buyer", <against> = "<suspension>", <track> = "<request>", <reason> = "break", <appeal> = { <status> = "<rejected>", <decided_at> = 2026-02-12T09:00:00Z } }
<facts>  = { <open_orders> = 2, <signed_in> = true }

[[case.step]]
<at>        = 2026-02-13T16:30:00Z
<by>        = "<holder>"
<does>      = "<appeal>"
<with>      = ["<passport>", { <kind> = "<explanation>", <ref> = "doc-2", <readable> = true, <edited> = false, <corners> = 4, <words> = 12 }]
<facts>     = { <channel> = "sms", <ground> = "<chargeback>", <signal> = "<open_disputes>" }
<then>      = ["<under_appeal>", "<suspended>"]
<sends>     = ["<appeal_received>", "<appeal_auto_rejected>"]
<due>       = { <suspension_ends> = 2026-05-01T00:00:00Z }
<expect>    = { <appeal> = { <status> = "<auto_rejected>", <sent> = 1 }, <lock> = false, <strikes> = [] }
<may>       = { <buy> = false }
<meanwhile> = "It rains."
<note>      = "As expected."

[[case.step]]
<after>    = { <business_days> = 3 }
<by>       = "<reviewer>:2"
<does>     = "<enquire>"
<refused>  = ["<not_from_this_state>", "<silence_allows_an_enquiry>"]
<earliest> = 2026-03-01T00:00:00Z

[[case.step]]
<waits> = { <weeks> = 1, <days> = 1, <hours> = 2, <minutes> = 3, <seconds> = 4, <microseconds> = 5 }
<then>  = "<suspended>"
<fires> = ["<suspension_ends>", "<let_timer_lapse>"]

[[case.step]]
<until> = 2026-03-05T00:00:00Z
<then>  = "<suspended>"

[[case.step]]
<meanwhile> = "A parcel arrives."
<facts>     = { <open_orders> = 0 }

[[case.step]]
<by>   = "<holder>"
<does> = "<verify>"
<with> = ["right_code"]
<then> = "<active>"
"""
"""A case that says everything a case may say; the words in angle brackets are the ones somebody could mistype."""

FULL = re.sub("[<>]", "", MARKED)

SHORT = """
[[case]]
title = "Short"
cites = ["P-05"]

[[case.step]]
at   = 2026-02-13T16:30:00Z
by   = "holder"
does = "appeal"
then = "under_appeal"
"""

LOCKED = """
[[case]]
title  = "Locked"
cites  = ["P-05"]
starts = "security_locked"
begins = 2026-03-02T09:00:00Z
given  = { ground = "new_device", contacts = ["email"] }

"""

SUSPENDED = """
[[case]]
title  = "Suspended"
cites  = ["P-28"]
starts = "suspended"
begins = 2026-03-02T09:00:00Z
given  = { ground = "unpaid_orders", author = "reviewer:r9", ends = 2026-03-20T09:00:00Z }

[[case.step]]
at   = 2026-03-02T10:00:00Z
by   = "holder"
does = "appeal"
with = ["passport", "explanation"]
then = "under_appeal"

"""
