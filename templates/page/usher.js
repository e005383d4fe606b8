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
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    // Without a secure context there is no clipboard to write to; the text is selected, and the older way may work.
    document.execCommand("copy");
  }
  const said = document.getElementById(button.dataset.says);
  if (said) said.textContent = said.dataset.done;
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
for (const element of document.querySelectorAll("[data-script]")) element.hidden = false;

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
  let waiting = null;
  const refresh = async () => {
    waiting = null;
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
    const focused = document.activeElement?.id;
    if (fresh) document.querySelector("[data-live]").replaceChildren(...fresh.childNodes);
    if (focused) document.getElementById(focused)?.focus();
  };
  // Several changes at once are one look.
  source.addEventListener("next", () => {
    waiting ??= setTimeout(refresh, 200);
  });
  source.addEventListener("open", () => {
    document.documentElement.dataset.listening = "yes";
  });
  source.addEventListener("complete", () => source.close());
}
