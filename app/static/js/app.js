// What the frame does with scripts on; every page works without them. Scripts for parts of a page (charts, the
// editor) are named on the element that needs them and fetched once: <figure data-script="/static/js/doughnut.js">.
(() => {
  "use strict";

  const nonce = document.currentScript.nonce;
  const TOAST_MS = 8000;

  // ---- toasts
  const fade = (toast) => setTimeout(() => toast.remove(), TOAST_MS);

  function show({ text, kind, undo }) {
    const toast = document.createElement("div");
    toast.className = `notice notice-${kind}`;
    const words = document.createElement("span");
    words.className = "notice-words";
    words.textContent = text;
    toast.append(words);
    if (undo) toast.append(undoForm(undo));
    const toasts = document.getElementById("toasts");
    // What a page says may come once more with a part that was on its way: the same words take the place of the first.
    for (const said of toasts?.querySelectorAll(".notice-words") ?? []) {
      if (said.textContent === text) said.closest(".notice").remove();
    }
    toasts?.append(toast);
    fade(toast);
  }

  function undoForm(url) {
    const form = document.createElement("form");
    form.method = "post";
    form.action = url;
    const button = document.createElement("button");
    button.className = "notice-undo";
    button.textContent = "Undo";
    const token = document.createElement("input");
    token.type = "hidden";
    token.name = "csrf_token";
    token.value = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
    form.append(token, button);
    queueMicrotask(() => window.htmx?.process(form));
    return form;
  }

  // ---- one question for every dangerous form
  function ask(form, submitter, question) {
    const dialog = document.getElementById("ask");
    const yes = dialog.querySelector("[data-ask-answer=yes]");
    dialog.querySelector("#ask-title").textContent = question.askTitle;
    dialog.querySelector("#ask-text").textContent = question.askText ?? "";
    yes.textContent = question.askWord;
    dialog.onclick = (event) => {
      const answer = event.target.closest("[data-ask-answer]")?.dataset.askAnswer;
      if (!answer) return;
      dialog.close();
      if (answer === "no") return;
      form.dataset.askAnswered = "yes";
      form.requestSubmit(submitter);
    };
    dialog.showModal();
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.askTitle ? event.submitter.dataset : form.dataset;
    if (!question.askTitle) return;
    if (form.dataset.askAnswered) {
      delete form.dataset.askAnswered;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(form, event.submitter, question);
  }, true);

  // ---- a sentence for every status
  function explain(badge) {
    const popover = document.getElementById("explain");
    popover.textContent = badge.dataset.explain;
    popover.showPopover();
    const place = badge.getBoundingClientRect();
    const left = Math.min(place.left, window.innerWidth - popover.offsetWidth - 16);
    const below = place.bottom + 8 + popover.offsetHeight < window.innerHeight;
    popover.style.left = `${Math.max(16, left)}px`;
    popover.style.top = `${below ? place.bottom + 8 : place.top - popover.offsetHeight - 8}px`;
  }

  document.addEventListener("click", (event) => {
    const badge = event.target.closest("[data-explain]");
    if (badge) explain(badge);
    const copy = event.target.closest("[data-copy]");
    if (copy) copyText(copy);
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("scroll", () => {
    const popover = document.getElementById("explain");
    if (popover?.matches(":popover-open")) popover.hidePopover();
  }, { passive: true });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // "/" goes to the search, unless somebody is writing.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const field = document.querySelector("[data-top-search]");
    if (!field?.offsetParent) return;
    event.preventDefault();
    field.focus();
  });

  async function copyText(button) {
    await navigator.clipboard.writeText(button.dataset.copy);
    show({ text: button.dataset.copied ?? "Copied.", kind: "success" });
  }

  // ---- scripts for parts of a page
  const fetched = new Map();

  function fetchScript(url) {
    if (!fetched.has(url)) {
      fetched.set(url, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = url;
        script.nonce = nonce;
        script.onload = resolve;
        script.onerror = reject;
        document.head.append(script);
      }));
    }
    return fetched.get(url);
  }

  async function ready(root) {
    root.querySelectorAll?.("[data-toast]").forEach(fade);
    root.querySelectorAll?.("[data-copy], [data-with-script]").forEach((element) => { element.hidden = false; });
    const needs = [...(root.querySelectorAll?.("[data-script]") ?? [])];
    if (root.matches?.("[data-script]")) needs.push(root);
    for (const element of needs) {
      for (const url of element.dataset.script.split(" ")) await fetchScript(url);
      element.dispatchEvent(new CustomEvent("script-ready", { bubbles: true }));
    }
  }

  // ---- htmx
  // What a page asked for on its own has nowhere to go once the next page is there.
  function forgetAnswers() {
    for (const element of document.querySelectorAll("[hx-get].htmx-request, [hx-post].htmx-request, [data-follows].htmx-request")) {
      element.addEventListener("htmx:beforeOnLoad", (event) => event.preventDefault());
    }
  }

  document.addEventListener("htmx:load", (event) => ready(event.detail.elt));
  document.addEventListener("toasts", (event) => event.detail.all.forEach(show));
  document.addEventListener("htmx:beforeSwap", (event) => {
    // A form sent back with its mistakes, and an error page for a boosted link, are to be seen; a toast travels in the headers.
    if (event.detail.xhr.status >= 400) event.detail.shouldSwap = event.detail.xhr.responseText !== "";
    if (event.detail.target === document.body) forgetAnswers();
  });
  document.addEventListener("htmx:sendError", () => show({ text: "No connection just now. Nothing was lost; try again.", kind: "danger" }));
  document.addEventListener("htmx:configRequest", (event) => {
    const field = event.detail.elt.querySelector?.("input[name=csrf_token]");
    if (field) event.detail.headers["X-CSRFToken"] = field.value;
  });
})();
