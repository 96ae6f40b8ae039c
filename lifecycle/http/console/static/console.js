// The one script of the console. Every page works without it: it moves the picture along its steps, opens the form of a
// decision in a dialog, and says what it did to those who cannot see it. It keeps nothing and loads nothing from elsewhere.
(() => {
  "use strict";
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const say = (words) => { one("#said").textContent = words; };
  const tell = (words) => {
    const body = one("#dialog-body .decide");
    if (!body) { say(words); return; }
    const note = document.createElement("div");
    note.className = "note bad";
    note.setAttribute("role", "alert");
    note.textContent = words;
    for (const old of all(".note.bad", body)) old.remove();
    body.prepend(note);
    note.scrollIntoView({ block: "start" });
  };

  // --- the picture and its steps ---------------------------------------------------------------------------------

  const scrubber = one("[data-scrubber]");
  if (scrubber) {
    const parts = all(".diagram [data-from]");
    const rows = new Map(all("tr[data-step]").map((row) => [Number(row.dataset.step), row]));
    const last = Number(scrubber.dataset.steps);
    const range = one("[data-range]", scrubber);
    const words = one("[data-says-here]", scrubber);
    const play = one("[data-play]", scrubber);
    let at = Number(scrubber.dataset.step);
    let timer = 0;

    const show = (step) => {
      at = Math.max(0, Math.min(last, step));
      const row = rows.get(at);
      const now = new Set(row ? row.dataset.ids.split(" ") : []);
      for (const part of parts) {
        part.classList.toggle("later", Number(part.dataset.from) > at);
        part.classList.toggle("now", now.has(part.id));
      }
      for (const [number, each] of rows) {
        each.classList.toggle("current", number === at);
        if (number === at) each.setAttribute("aria-current", "step"); else each.removeAttribute("aria-current");
      }
      const box = one(".diagram");
      const here = box && one(".now.state", box);
      if (here) {
        const [inside, frame] = [here.getBoundingClientRect(), box.getBoundingClientRect()];
        box.scrollLeft += inside.left + inside.width / 2 - frame.left - frame.width / 2;
        box.scrollTop += inside.top + inside.height / 2 - frame.top - frame.height / 2;
      }
      range.value = String(at);
      const says = row ? `${at} of ${last}: ${row.dataset.says}` : `0 of ${last}: before the first step`;
      range.setAttribute("aria-valuetext", says);
      words.textContent = says;
    };
    const stop = () => {
      window.clearInterval(timer);
      timer = 0;
      play.textContent = "Play";
      play.setAttribute("aria-pressed", "false");
    };
    const start = () => {
      if (at === last) show(0);
      play.textContent = "Pause";
      play.setAttribute("aria-pressed", "true");
      timer = window.setInterval(() => { if (at === last) stop(); else show(at + 1); }, 1100);
    };
    range.addEventListener("input", () => { stop(); show(Number(range.value)); });
    play.addEventListener("click", () => (timer ? stop() : start()));
    for (const button of all("[data-move]", scrubber)) {
      button.addEventListener("click", () => { stop(); show(at + Number(button.dataset.move)); });
    }
    for (const [number, row] of rows) {
      const link = one("a", row);
      if (link) link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        stop();
        show(number);
        one("#path").scrollIntoView({ block: "start" });
        range.focus({ preventScroll: true });
      });
    }
    for (const links of all("[data-without-script]")) links.hidden = true;
    scrubber.hidden = false;
    show(at);
  }

  // --- the dialog ------------------------------------------------------------------------------------------------

  const dialog = one("#dialog");
  let opener = null;
  if (dialog && typeof dialog.showModal === "function") {
    document.addEventListener("click", (event) => {
      const closes = event.target.closest("[data-closes-dialog]");
      if (closes && dialog.open) { event.preventDefault(); dialog.close(); }
      const opens = event.target.closest("[data-opens-dialog]");
      if (opens) opener = opens;
    });
    dialog.addEventListener("close", () => {
      one("#dialog-body").replaceChildren();
      if (opener && opener.isConnected) opener.focus();
      opener = null;
    });
    document.addEventListener("htmx:afterSwap", (event) => {
      if (event.target.id !== "dialog-body") return;
      if (!dialog.open) dialog.showModal();
      const first = one("#trouble, #letter", dialog) || one("#dialog-title", dialog);
      if (first) first.focus();
    });
  }
  // What went wrong on the way is not swapped in by itself: follow the link, or send the form, as without a script.
  document.addEventListener("htmx:responseError", (event) => {
    const from = event.detail.elt;
    if (from.matches("a[href]")) window.location.assign(from.href);
    else tell(event.detail.xhr.status === 401
      ? "You are not signed in any more. Copy what you wrote, and sign in anew."
      : "This did not work, and nothing was written. Load the page anew and try again.");
  });
  document.addEventListener("htmx:sendError", () => tell("The service cannot be reached. Try again in a moment."));

  // --- parts that are loaded when they are wanted ----------------------------------------------------------------

  for (const part of all("details[data-loads]")) {
    part.addEventListener("toggle", () => {
      const body = one(".ways-body", part);
      if (!part.open || body.dataset.asked) return;
      body.dataset.asked = "yes";
      one(".loading", body).classList.add("busy");
      window.htmx.ajax("GET", part.dataset.loads, { target: body, swap: "innerHTML" });
    });
  }

  // Ctrl K leads to the field for an account's id, wherever one is.
  const jump = one("#jump");
  if (jump) document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
    if (dialog && dialog.open) return;
    event.preventDefault();
    jump.focus();
    jump.select();
  });

  // --- small things ----------------------------------------------------------------------------------------------

  // A page that came back with something in the way begins there.
  const trouble = one("main #trouble") || one("main #letter") || one("main #done");
  if (trouble) trouble.focus();
  // The time zone of this machine stands ready; nothing is sent before somebody asks for it.
  const zone = one("[data-zone]");
  if (zone) {
    const mine = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (mine) zone.value = mine;
  }
})();
