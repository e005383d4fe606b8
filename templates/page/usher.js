// The one script of all pages. Without it everything works too: it only saves steps and keeps lists up to date.
"use strict";

// A link or button with data-dialog opens the dialog of that id instead of leading away.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog) {
    event.preventDefault();
    dialog.showModal();
    dialog.querySelector("textarea, input:not([type=hidden]), select")?.focus();
  }
  const closer = event.target.closest("[data-close]");
  if (closer && closer.closest("dialog")) {
    event.preventDefault();
    closer.closest("dialog").close();
  }
});

// A button with data-copy copies that text and says so in its own label.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  let done = true;
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    // Without a secure context there is no clipboard to write to; the text is selected, and the older way may work.
    done = document.execCommand("copy");
  }
  const said = document.getElementById(button.dataset.says);
  if (said) said.textContent = done ? said.dataset.done : said.dataset.failed;
});

// A select or a check box with data-shows shows the element of that id for one value only.
const follow = (control) => {
  const shown = document.getElementById(control.dataset.shows);
  if (shown) shown.hidden = control.value !== control.dataset.for;
};
for (const control of document.querySelectorAll("[data-shows]")) {
  follow(control);
  control.addEventListener("change", () => follow(control));
}

// Buttons that only the script can serve.
const serve = (part) => {
  for (const element of part.querySelectorAll("[data-script]")) element.hidden = false;
};
serve(document);

// What a server refuses for a while only.
const PASSING = ["INTERNAL_SERVER_ERROR", "RATE_LIMITED"];

// The marked part of a page is read again whenever the subscription it names tells of a change.
const live = document.querySelector("[data-live]");
if (live?.dataset.live && "EventSource" in window) {
  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const notice = document.getElementById("live-notice");
  // The page is up to date as long as it is told of changes and could be read after the last one.
  let told = true;
  let read = true;
  const say = () => {
    notice.textContent = told && read ? "" : notice.dataset.says;
  };
  // Who is at the keyboard stays where they are; a box that was ticked stays ticked, and a question that is open stays open.
  const show = (fresh) => {
    serve(fresh);
    const focused = document.activeElement?.id;
    const ticked = [...live.querySelectorAll("input:checked")].map((box) => box.id);
    const open = [...live.querySelectorAll("details[open]")].map((details) => details.id);
    live.replaceChildren(...fresh.childNodes);
    live.dataset.variables = fresh.dataset.variables;
    for (const id of ticked) {
      const box = document.getElementById(id);
      if (box) box.checked = true;
    }
    for (const id of open) {
      const details = document.getElementById(id);
      if (details) details.open = true;
    }
    if (focused) document.getElementById(focused)?.focus();
  };
  // Answers whether to look no more: the page is read, or it leads elsewhere, to the login, now and later.
  const refresh = async () => {
    let fresh = null;
    let leadsAway = false;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      const text = answer.ok && !answer.redirected ? await answer.text() : "";
      fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-live]");
      if (fresh) show(fresh);
      leadsAway = answer.redirected;
    } catch {
      // The server is not there; the next look comes soon.
    }
    read = fresh !== null;
    say();
    return read || leadsAway;
  };
  // Several changes at once are one look, and one look ends before the next begins; one that fails is tried again.
  let looking = false;
  let changed = false;
  const look = async () => {
    changed = true;
    if (looking) return;
    looking = true;
    for (let wait = 200; changed; ) {
      await pause(wait);
      changed = false;
      const done = await refresh();
      changed ||= !done;
      wait = done ? 200 : 5000;
    }
    looking = false;
  };
  // A browser opens few connections to a server: a page that nobody sees holds none, and is told later what it missed.
  let source = null;
  let refused = false;
  const rest = () => {
    source?.close();
    source = null;
    delete document.documentElement.dataset.listening;
  };
  const listen = () => {
    if (source || refused || document.hidden) return;
    // From where the page itself was read on: what happens until the connection is there, or while it is away, is told too.
    const { live: query, variables } = live.dataset;
    source = new EventSource(`/graphql?${new URLSearchParams({ query, variables })}`);
    source.addEventListener("open", () => {
      document.documentElement.dataset.listening = "yes";
      told = true;
      say();
    });
    source.addEventListener("next", (event) => {
      const { errors } = JSON.parse(event.data);
      refused = errors?.some(({ extensions }) => !PASSING.includes(extensions.code)) ?? false;
      if (!errors) look();
    });
    source.addEventListener("complete", end);
    source.addEventListener("error", end);
  };
  // A server that stops breaks it off, and another one takes its place; one that refuses will refuse again. It begins anew
  // from what the page shows by now: the browser's own retry would ask for what came after the page was opened.
  const end = () => {
    rest();
    told = false;
    say();
    if (!refused) setTimeout(listen, 3000);
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
  listen();
}
