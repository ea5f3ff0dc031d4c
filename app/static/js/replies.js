// Keys for Replies: J and K go through the queue, R answers, E is done. They do nothing while somebody types.
// And words in the place of a picture that cannot be fetched.
(() => {
  "use strict";

  const typing = (element) => element.closest?.("input, textarea, select, [contenteditable]");

  function go(step) {
    const rows = [...document.querySelectorAll("[data-conversation]")];
    const here = rows.findIndex((row) => row.getAttribute("aria-current"));
    const next = rows[here === -1 ? 0 : here + step];
    next?.click();
  }

  const keys = {
    j: () => go(1),
    k: () => go(-1),
    r: () => document.querySelector("[data-answer]")?.focus(),
    e: () => document.querySelector("[data-done] button")?.click(),
  };

  // A saved answer goes where the cursor is; without this script its link opens the page with it.
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest?.("[data-insert]");
    const box = document.querySelector("[data-answer]");
    if (!chosen || !box) return;
    event.preventDefault();
    event.stopPropagation();
    box.setRangeText(chosen.dataset.insert, box.selectionStart, box.selectionEnd, "end");
    chosen.closest("details").open = false;
    box.focus();
  }, true);

  async function sayWhy(picture) {
    const answer = await fetch(picture.src, { method: "HEAD" }).catch(() => null);
    const isGone = answer && answer.status === 404;
    const link = picture.parentElement;
    link.classList.add("is-away");
    link.textContent = isGone ? "A picture that is not kept at Twilio any more." : "The picture cannot be fetched just now. Try again.";
  }

  const isPicture = (element) => element.matches?.("img[data-picture]");
  document.addEventListener("error", (event) => isPicture(event.target) && sayWhy(event.target), true);
  document.querySelectorAll("img[data-picture]").forEach((each) => each.complete && !each.naturalWidth && sayWhy(each));

  document.addEventListener("keydown", (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!document.querySelector(".replies") || !isPlain || typing(event.target) || document.querySelector("dialog[open]")) return;
    const act = keys[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });
})();
