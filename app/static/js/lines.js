// Lines and texts with personal fields: what is typed stands as words and pieces, and the form's own field holds the source.
(() => {
  "use strict";

  const { askForField, fieldSource, fieldWords, pieceOf, withPieces } = window.Pieces;
  const AFTER = "\u200b";  // a caret has no place behind a piece that is the last thing

  function start(box) {
    const field = document.getElementById(box.dataset.chips);
    const names = new Map(JSON.parse(box.dataset.fields));
    const isLine = field.tagName === "INPUT";
    const surface = surfaceFor(field, isLine);
    let caret = null;

    const show = () => {
      const nodes = withPieces(field.value, names);
      surface.replaceChildren(...nodes, ...(nodes.length > 1 ? [AFTER] : []));
    };
    const store = () => {
      const source = sourceOf(surface, isLine);
      if (source === field.value) return;
      field.value = source;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    };

    surface.addEventListener("input", store);
    surface.addEventListener("beforeinput", (event) => {
      const isBreak = event.inputType === "insertParagraph" || event.inputType === "insertLineBreak";
      const length = sourceOf(surface, isLine).length + (event.data?.length ?? 0);
      if ((isLine && isBreak) || (event.inputType.startsWith("insert") && field.maxLength > 0 && length > field.maxLength)) event.preventDefault();
    });
    surface.addEventListener("blur", () => {
      const chosen = getSelection();
      caret = chosen.rangeCount && surface.contains(chosen.anchorNode) ? chosen.getRangeAt(0).cloneRange() : null;
      if (/\{[{%]/.test(wordsIn(surface))) show();  // a field that was typed
    });

    box.querySelector("[data-insert-into]").addEventListener("click", async () => {
      const answer = await askForField();
      if (!answer) return;
      const source = fieldSource(answer);
      const piece = pieceOf(source, fieldWords(source, names));
      place(piece, caret && surface.contains(caret.startContainer) ? caret : null, surface);
      store();
    });

    show();
    const wasTyping = document.activeElement === field;  // before this script was there
    field.hidden = true;
    field.after(surface);
    if (!wasTyping) return;
    surface.focus();
    getSelection().selectAllChildren(surface);
    getSelection().collapseToEnd();
  }

  function surfaceFor(field, isLine) {
    const label = document.querySelector(`label[for="${field.id}"]`);
    const surface = document.createElement("div");
    surface.className = `form-control chips ${isLine ? "chips-line" : "chips-text"}`;
    surface.contentEditable = "plaintext-only";
    surface.dataset.chipsFor = field.id;
    surface.setAttribute("role", "textbox");
    surface.setAttribute("aria-multiline", String(!isLine));
    if (label) {
      label.id ||= `${field.id}-label`;
      label.removeAttribute("for");
      surface.setAttribute("aria-labelledby", label.id);
      label.addEventListener("click", () => surface.focus());
    }
    const help = field.getAttribute("aria-describedby");
    if (help) surface.setAttribute("aria-describedby", help);
    return surface;
  }

  function sourceOf(surface, isLine) {
    const source = [...surface.childNodes].map((node) => node.dataset?.source ?? (node.tagName === "BR" ? "\n" : node.textContent)).join("");
    const words = source.replaceAll(AFTER, "");
    return isLine ? words.replace(/\s*\n\s*/g, " ") : words.replace(/\n$/, "");
  }

  function wordsIn(surface) {
    return [...surface.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join("");
  }

  function place(piece, range, surface) {
    if (range) {
      range.deleteContents();
      range.insertNode(piece);
    } else {
      surface.append(piece);
    }
    if (!piece.nextSibling?.data) piece.after(AFTER);
    surface.focus();
    getSelection().collapse(piece.nextSibling, piece.nextSibling.data.startsWith(AFTER) ? AFTER.length : 0);
  }

  document.addEventListener("script-ready", (event) => {
    if (event.target.matches?.("[data-chips]")) start(event.target);
  });
})();
