// Keys for Replies: J and K go through the queue, R answers, E is done. They do nothing while somebody types.
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

  document.addEventListener("keydown", (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!document.querySelector(".replies") || !isPlain || typing(event.target) || document.querySelector("dialog[open]")) return;
    const act = keys[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });
})();
