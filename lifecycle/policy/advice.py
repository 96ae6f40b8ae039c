"""Advice: what to do, what to avoid and what to know, and in which situation a plan says so. Data, no code paths.

Nothing here stops anybody: what must not happen is a guard. A parameter in braces is told in words.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from lifecycle.model import MembershipState, State
from lifecycle.rows.ways import Advice, Situation

Always = Callable[[Situation], bool]

RESTRICTED = (State.SECURITY_LOCKED, State.SUSPENDED, State.UNDER_APPEAL)


def _of(kind: str, name: str, says: str, *cites: str, why: str = "", when: Always, steps: tuple[str, ...]) -> Advice:
    return Advice(name=name, kind=kind, says=says, cites=cites, why=why, when=when, steps=steps)


# --- situations --------------------------------------------------------------------------------------------------


def always(s: Situation) -> bool:
    return True


def permanent(s: Situation) -> bool:
    return s.account.suspension is not None and s.account.suspension.permanent


def blocked(s: Situation) -> bool:
    return s.stands(*RESTRICTED)


def may_come_back(s: Situation) -> bool:
    return blocked(s) and not permanent(s)


def judged(s: Situation) -> bool:
    return s.stands(State.SUSPENDED, State.UNDER_APPEAL) and not permanent(s)


def refused(s: Situation) -> bool:
    return judged(s) and s.account.appeal is not None and s.account.appeal.status == "rejected"


def first_look(s: Situation) -> bool:
    return not (s.account.appeal and s.account.appeal.escalated)


def before_a_sale(s: Situation) -> bool:
    return s.sale_at is not None and s.sale_at > s.at and blocked(s)


def leaving(s: Situation) -> bool:
    return s.to is State.DELETED and not s.stands(State.DELETED)


def undecided(s: Situation) -> bool:
    """Whoever names a reason is told what fits it instead; see `lifecycle.policy.reasons`."""
    return leaving(s) and s.stands(State.ACTIVE) and s.reason is None


def confirmed(s: Situation) -> bool:
    return s.account.deletion is not None and s.account.deletion.confirmed_at is not None


def stalled(s: Situation) -> bool:
    return s.account.deletion is not None and s.account.deletion.stalled


def pausing(s: Situation) -> bool:
    return s.to is State.DEACTIVATED and s.stands(State.ACTIVE)


def paused(s: Situation) -> bool:
    return s.to is State.ACTIVE and s.stands(State.DEACTIVATED)


def gone(s: Situation) -> bool:
    return s.stands(State.DELETED)


def member(s: Situation) -> bool:
    """Whether somebody leaves whose membership may still be charged."""
    over = (MembershipState.NO_MEMBERSHIP, MembershipState.RENEW_OFF, MembershipState.TERMINATED)
    return s.to is State.DELETED and s.account.membership_state not in over


def own_time(s: Situation) -> bool:
    """Whether the open warning leaves another time than warnings usually do: by its ground, or by itself."""
    warning = s.account.warning
    ground = s.p.grounds.get(warning.ground) if warning else None
    by_ground = ground is not None and bool(ground.lead or ground.runs_out)
    return by_ground or (warning is not None and warning.act_by is not None)


def on(*grounds: str) -> Always:
    return lambda s: may_come_back(s) and s.about(*grounds)


DO = partial(_of, "do", when=always, steps=())
AVOID = partial(_of, "avoid", when=always, steps=())
KNOW = partial(_of, "know", when=always, steps=())

APPEALS = ("appeal", "escalate")

# fmt: off
BLOCKED = (
    KNOW("orders_arrive", "Orders with a tracking number arrive as usual, and paid ones are mostly still sent.", "G3-55", "G3-57", "G3-144", when=blocked),
    DO("track_outside", "Follow your parcels on any tracking site, with the numbers from your order mails.", "G3-56", when=blocked),
    DO("write_to_the_seller", "If a paid order stands still for {paid_order_silence}, write to the seller on the store page; no sign-in is needed.", "G3-58", "G3-59", when=blocked),
    KNOW("credit_and_cart_stay", "Credit and cart are kept, out of reach until you are back; coupons go on running out.", "G3-03", "G3-60", "G3-141", "A-31", when=blocked),
    DO("note_the_cart", "Take a picture of the cart, or keep the links to what is in it.", "G3-61", when=blocked),
    DO("find_the_cause", "No mail that explains it? Look into the spam folder; after {no_reason_mail_wait} sign in on a computer, where the message says more, then ask an agent.", "G3-20", "G3-50", "G3-135", "G3-144", when=lambda s: s.stands(State.SECURITY_LOCKED, State.SUSPENDED)),
    AVOID("new_account", "Do not open another account.", "G3-04", "G3-05", "G3-116", "G3-144", why="You would lose sight of orders, credit and coupons, and the two would be linked against you.", when=may_come_back),
    AVOID("threats", "Do not threaten to sue, and do not review in anger.", "G3-98", why="Hardly any account came back after that.", when=judged),
    AVOID("public_pressure", "Do not press support in public.", "G3-115", why="It has hurried nobody, and may count against you.", when=may_come_back),
    AVOID("haste", "Do not panic, and skip no check.", "G3-136", why="Your history and standing are worth more than a day.", when=may_come_back),
    KNOW("how_long", "It took people from ten minutes by code to five days by appeal; the right way and complete papers made the difference.", "G3-07", "G3-137", "G3-144", when=may_come_back),
    KNOW("five_habits", "Once you are back: fair disputes, one account, steady sign-ins, cards that work, a polite tone.", "G3-142", when=may_come_back),
    DO("heed_the_warning", "Write to support now, and put right what the warning names.", "G3-129", "G3-130", "G3-131", why="Within {warning_lead_min} of a warning nothing is restricted, and often nothing is then.", when=lambda s: s.account.warning is not None and not own_time(s)),
    DO("heed_it_in_its_time", "Write to support now, and put right what the warning names.", "G3-131", "own-ground", why="Before the time is over that the warning names nothing is restricted, and often nothing is then.", when=lambda s: s.account.warning is not None and own_time(s)),
)

LOCKED = (
    KNOW("order_of_steps", "First try by yourself, then appeal, then ask support; only a near sale is a short cut.", "G3-06", when=lambda s: s.stands(State.SECURITY_LOCKED)),
    KNOW("mostly_works", "Two of three accounts came back this way, within ten minutes.", "G3-11", "G3-27", "G3-28", steps=("verify",)),
    DO("no_code", "No code? Look into the spam folder, wait {unlock_code_resend_delay}, and ask for a new one.", "G3-80", steps=("verify",)),
    DO("other_device", "If it fails on the phone, try it on a computer, and the other way round.", "G3-26", steps=("verify",)),
    DO("say_you_travelled", "If you were travelling, say so: many networks within days look like a theft.", "G3-21", "G3-22", when=on("unusual_logins", "new_device")),
    KNOW("before_you_travel", "Before the next journey leave support a note, or keep to a network address of home.", "G3-124", "G3-125", "X-41", when=on("unusual_logins", "new_device")),
    DO("own_account_on_a_computer", "Sign in to your own account on a computer and confirm it by code; sharing the phone then counts as harmless.", "G3-74", "G3-78", when=on("shared_device")),
    DO("each_their_own_device", "Where several people share a device, each signs in once on one of their own; then it may be shared again.", "G3-75", when=on("shared_device")),
    AVOID("same_card_again", "Do not try the same card again meanwhile.", "G3-68", "X-21", why="Each decline looks more like a theft.", when=on("declined_payments")),
    DO("pay_otherwise", "Afterwards pay with another card or another service.", "G3-69", when=on("declined_payments")),
    DO("bank_alert", "If your bank stopped the payment as a precaution, show its notice to support.", "G3-70", when=on("declined_payments")),
    KNOW("cards_in_order", "Keep cards up to date; settle a decline with the bank at once. Declines and unpaid orders add up.", "G3-126", "G3-127", when=on("declined_payments", "unpaid_orders")),
)

SUPPORT = (
    DO("ask_for_a_person", "Support is open day and night; write that you want a person, or answer the bot's {bot_prompts_min} questions.", "G3-46", "G3-47", "G3-48", steps=("unlock", "reinstate", "escalate", "open_case")),
    DO("not_the_last_word", "If the first agent says that nothing can be done, ask for a supervisor; it is not always offered.", "G3-51", "G3-52", "G3-134", "X-44", steps=("unlock", "reinstate")),
    KNOW("sale_slows_support", "During a large sale the chat alone takes {chat_wait_peak_min} and more; the longest times here are multiplied by {peak_factor}.", "G3-88", "G3-89", "X-18", when=lambda s: s.peak and blocked(s)),
)

APPEALING = (
    AVOID("several_appeals", "Send one only, and do not repeat it while it is open.", "G3-43", "G3-44", "X-22", why="Several within {multiple_appeals_window} are all refused.", steps=("appeal", "grant")),
    AVOID("missing_papers", "Do not send it with a paper missing.", "G3-30", "G3-81", why="It is refused at once, and the wait begins anew.", steps=("appeal",)),
    AVOID("defence", "Do not defend yourself, and do not just deny it.", "G3-30", "G3-38", why="A defensive tone is what most appeals fail by.", steps=APPEALS),
    DO("facts_only", "Give facts, no feelings; admit your part, and say how you will avoid it.", "G3-37", steps=APPEALS),
    DO("keep_it_short", "Keep the explanation under {appeal_words_soft} words; {appeal_words_hard} are too many.", "G3-36", "G3-111", "X-15", steps=("appeal",)),
    DO("good_pictures", "Picture a passport, a driving licence or the statement of the bank on file: good light, all {photo_corners} corners, every word readable.", "G3-33", "G3-34", "G3-106", why="One that is cropped, edited or blurred is refused on the spot.", steps=("appeal",)),
    DO("same_name", "The name in it must be the account's, letter by letter.", "G3-35", steps=("appeal",)),
    DO("early_in_the_week", "Send it early in the week: weekends and holidays do not count.", "G3-82", "G3-117", steps=APPEALS),
    DO("list_the_disputes", "List every dispute with its order number, add pictures, admit that the seller came first, and promise fair use.", "G3-133", "G3-144", steps=("appeal",), when=on("buyer_protection")),
    KNOW("prove_and_promise", "Rules that were broken may need both: proof of who you are, and a written promise.", "G3-14", steps=("appeal",), when=on("platform_rules")),
    DO("look_into_spam", "Look into the spam folder every {spam_check_interval}.", "G3-41", "G3-112", "G3-113", why="Two of three answers lay there.", steps=("grant",)),
    DO("ask_after_it", "Without an answer after {appeal_enquiry_after}, ask support how it stands.", "G3-42", "G3-132", "X-16", steps=("grant",), when=first_look),
    KNOW("refusal_is_not_the_end", "A refusal is not the end: a second appeal with something new succeeds in {second_appeal_success}, a supervisor in {escalation_success} of cases.", "G3-90", "G3-94", "G3-96", steps=("grant",), when=lambda s: first_look(s) and not s.account.strikes),
    DO("ask_which_point", "Ask support first which point decided it; {reason_request_success} are told.", "G3-91", "G3-92", steps=APPEALS, when=refused),
    AVOID("the_same_again", "Do not send the same again, or only call the decision wrong.", "G3-87", "G3-93", why="Only something new has ever helped.", steps=APPEALS, when=refused),
    KNOW("worth_it", "It is worth it for an account with a long history of orders.", "G3-96", steps=("escalate",)),
)

CAUSES = (
    DO("cancel_what_is_unpaid", "Sign in on a computer, open your orders, and cancel every unpaid one before you write.", "G3-64", "X-39", steps=("reinstate",), when=on("unpaid_orders")),
    DO("reverse_the_chargeback", "Have your bank reverse the chargeback first; then send its statement, and promise to use the platform's disputes.", "G3-66", "G3-72", steps=("reinstate", "add_evidence"), when=on("chargeback")),
    AVOID("bank_again", "Do not go to the bank against a seller again.", "G3-65", "G3-73", why="It goes round the platform, and suspends at once.", when=on("chargeback")),
    DO("give_up_the_duplicate", "Delete the other account if you still get into it, call it a mistake, and promise to keep to one.", "G3-76", "G3-120", steps=("reinstate", "add_evidence"), when=on("coupon_abuse")),
    KNOW("one_good_account", "One old account in good standing earns more than newcomers' coupons.", "G3-139", when=on("coupon_abuse")),
    KNOW("seller_first", "Later: ask the seller first, and open a dispute only after {seller_silence_before_dispute} of silence, or a refusal.", "G3-123", when=on("buyer_protection")),
    AVOID("rudeness", "No threats and no swearing, whatever happened.", "G3-128", why="Another time ends the account for good.", when=on("harassment")),
)

SALE = (
    DO("within_the_hour", "Try by yourself within {emergency_action_window}; if that fails, open a chat at once and say what you have ordered and how near the sale is.", "G3-114", when=before_a_sale),
    DO("keep_the_links", "Keep links and codes of what you want, and set a price alert.", "G3-118", when=before_a_sale),
    DO("a_friend_buys", "Somebody you trust may buy it with an own account; pay them back.", "G3-119", when=before_a_sale),
    KNOW("prices_come_back", "A missed sale is no disaster: much the same prices come back within weeks.", "G3-121", when=before_a_sale),
)

FOR_GOOD = (
    KNOW("what_is_left", "You may still ask for the cause, follow your parcels, and have the account closed and its data erased.", "A-52", "D-08", when=permanent),
    KNOW("a_new_account", "Appeals are over; the way on is a new account.", "G3-97", "G3-99", when=permanent),
    DO("save_what_can_be", "First make sure that no dispute and no refund of this account can still be saved.", "G3-109", "G3-143", why="A new account begins empty, and what is open here is lost.", when=permanent),
    AVOID("anything_used_before", "Use neither e-mail, phone nor means of payment of this account; an address with a plus is the same one.", "G3-100", "G3-101", "G3-102", "G3-104", "G3-110", why="The new account would be suspended at once.", when=permanent),
    KNOW("clean_means", "Another card, another PayPal, Google Pay or Apple Pay will do; with one phone only, a relative's number for a time.", "G3-103", "G3-105", when=permanent),
    DO("another_device", "Better use another device; if there is none, clear cookies and cache first.", "G3-107", "G3-108", when=permanent),
)

LEAVING = (
    KNOW("final", "A deleted account never comes back; whoever returns opens a new one.", "G1-32", "G2-57", "G2-58", when=lambda s: leaving(s) or gone(s)),
    DO("or_something_less", "Would less do? Switch off notices, tighten privacy, end one service, remove saved cards, or pause.", "G2-07", "G2-49", "G2-53", "G2-54", "G2-56", "G2-64", when=undecided),
    DO("keep_the_main_one", "With several accounts, close the extra ones and keep the main one.", "G2-55", when=undecided),
    DO("ask_for_another_payment", "If a way to pay is missing, ask the seller for it, or look at other shops.", "G1-28", "G2-37", when=undecided),
    AVOID("open_business", "Do not leave while orders are open: have each arrive, or be cancelled and paid back.", "G1-34", "G1-35", "G1-36", "G1-37", "G1-39", why="Afterwards no refund can be asked for, and no seller reached.", when=leaving),
    DO("use_up_the_wallet", "Use up the wallet, and end every subscription.", "G2-16", "G2-17", "G2-18", why="Money left is lost, and a subscription delays it all.", when=leaving),
    DO("keep_copies", "Keep receipts, your reviews and the data you need.", "G2-12", "G2-13", "G2-14", "G2-15", why="They go with the account.", when=lambda s: leaving(s) or confirmed(s)),
    KNOW("in_order", "Take the steps in order; if a request seems lost, look for the one you skipped.", "G2-65", when=leaving),
    KNOW("as_it_was_made", "Sign in the way the account was made: by password, which the browser may fill in, or by the same provider.", "G1-13", "G1-14", "G1-51", when=leaving),
    DO("cannot_sign_in", "Cannot sign in? Reset the password, clear cookies and cache, then ask support.", "G2-45", "G2-46", "G2-47", steps=("deactivate", "request_closure", "reactivate", "press_delete")),
    DO("member_id", "A forgotten member id: use the e-mail, or ask support.", "G1-49", "G1-50", steps=("deactivate",)),
    KNOW("on_the_iphone", "On an iPhone it stands under Edit Member Profile, and asks for a reason.", "G1-45", "G1-46", steps=("deactivate",), when=leaving),
    KNOW("other_names", "The section may also be called Account Management or Account Services.", "G2-22", steps=("request_closure",)),
    DO("keep_the_mail", "Keep that mail: without one the request was never registered.", "G2-39", steps=("confirm_closure",)),
    KNOW("last_chance", "Until then support may stop it; afterwards nobody can.", "G2-62", "G2-63", steps=("confirm_closure",)),
    DO("report_a_stall", "Tell support that it is overdue, and ask again in the settings.", "G2-38", "G2-41", "G2-42", when=stalled),
    KNOW("the_last_mail", "A mail says that it is done, within {closed_email_grace}; if you can still sign in after that, it is not.", "G2-31", "G2-32", when=leaving),
    DO("clean_up", "Afterwards remove the app, cookies, history and saved passwords.", "G1-42", "G2-33", "G2-34", when=leaving),
    KNOW("mail_may_go_on", "Mail may go on: use the link at its foot, or mark it as spam.", "G1-47", "G1-48", "G2-35", "G2-36", "G2-48", when=lambda s: leaving(s) or gone(s)),
    DO("ask_for_erasure", "Ask support for the rest of your data to be erased; it is done as far as possible.", "G1-40", "G1-41", when=gone),
    KNOW("too_late", "A confirmed request cannot be taken back.", "G2-63", "G2-58", why="Whoever returns opens a new account.", when=lambda s: confirmed(s) and s.to is not State.DELETED),
    KNOW("pause_can_end", "A pause can be ended whenever you like; note how. Subscriptions are charged meanwhile.", "G2-52", "A-21", when=pausing),
    KNOW("one_button", "It takes one button and no appeal.", "G3-19", when=paused),
    DO("was_it_you", "If it was not you who pressed Deactivate, change your password.", "G3-18", when=paused),
)

MEMBERSHIP = (
    DO("end_the_membership", "End the membership first: it holds up the closing, and is charged until it has ended.", "G2-17", "G4-30", "X-31", when=member),
    DO("read_the_agreement", "Before you write, read in its agreement when it renews, and what it pays back.", "G4-40", "G4-50", when=member),
    KNOW("a_letter_always_works", "Where the tools are hidden, or nobody answers, a registered letter ends it; its delivery is hard to deny.", "G4-33", "G4-37", "G4-39", "G4-61", when=member),
    DO("post_it_early", "Post it early: {notice_delivery_days} for the post and {notice_processing_days} for handling before the next fee.", "G4-40", "G4-42", when=member),
    DO("keep_every_paper", "Photograph envelope and receipt, and keep every paper until the end is confirmed and all money is settled.", "G4-44", "G4-47", "G4-56", when=member),
    DO("note_each_step", "Stay calm, and note what you did on which day.", "G4-63", when=member),
    DO("watch_the_statements", "Afterwards watch the bank statements, and dispute at once what is still charged.", "G4-51", "G4-59", when=member),
)

ADVICE: tuple[Advice, ...] = (*SALE, *BLOCKED, *LOCKED, *SUPPORT, *APPEALING, *CAUSES, *FOR_GOOD, *LEAVING, *MEMBERSHIP)
"""Every advice, the most urgent first."""
