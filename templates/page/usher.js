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

// The marked part of a page is read again whenever one of the workspace's invitations changes, or one of the viewer's own.
const live = document.querySelector("[data-live]");
if (live && "EventSource" in window) {
  const query =
    live.dataset.live === "viewer"
      ? "subscription($a: String) { viewerInvitations(after: $a) { cursor status deliveryStatus } }"
      : "subscription($w: ID!, $a: String) { invitationStatusChanged(workspaceId: $w, after: $a) { cursor status deliveryStatus } }";
  // From where the page itself was read on: what happens until the connection is there, or while it is away, is told too.
  const variables = JSON.stringify({ w: live.dataset.live, a: live.dataset.cursor });
  const parameters = new URLSearchParams({ query, variables });
  const source = new EventSource(`/graphql?${parameters}`);
  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const notice = document.getElementById("live-notice");
  const isStale = (stale) => {
    notice.textContent = stale ? notice.dataset.says : "";
  };
  // Who is at the keyboard stays where they are, and a box that was ticked stays ticked.
  const show = (fresh) => {
    serve(fresh);
    const focused = document.activeElement?.id;
    const ticked = [...live.querySelectorAll("input:checked")].map((box) => box.id);
    live.replaceChildren(...fresh.childNodes);
    for (const id of ticked) {
      const box = document.getElementById(id);
      if (box) box.checked = true;
    }
    if (focused) document.getElementById(focused)?.focus();
  };
  // Answers whether the page could be read. One that leads elsewhere, to the login, cannot be, now or later.
  const refresh = async () => {
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      const text = answer.ok && !answer.redirected ? await answer.text() : "";
      const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-live]");
      if (fresh) show(fresh);
      isStale(!fresh);
      return fresh !== null || answer.redirected;
    } catch {
      isStale(true);
      return false;
    }
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
      const read = await refresh();
      changed ||= !read;
      wait = read ? 200 : 5000;
    }
    looking = false;
  };
  source.addEventListener("next", look);
  source.addEventListener("open", () => {
    document.documentElement.dataset.listening = "yes";
  });
  source.addEventListener("complete", () => {
    source.close();
    isStale(true);
  });
  // It comes back by itself, unless the server will not have it.
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) isStale(true);
  });
}
