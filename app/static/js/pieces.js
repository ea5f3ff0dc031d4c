// Personal fields as pieces: shown by their name and what stands in for it, kept exactly as they were written. Shared by the editor of
// e-mails (compose.js) and by lines and texts (lines.js).
(() => {
  "use strict";

  const FIELD = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g;
  const NAMED = /^\{\{\s*([\w.]+)\s*(?:\|\s*default:\s*"([^"]*)"\s*)?\}\}$/;

  function pieceOf(source, words) {
    const piece = document.createElement("span");
    piece.className = "piece";
    piece.contentEditable = "false";
    piece.dataset.source = source;
    piece.textContent = words;
    return piece;
  }

  function fieldWords(source, names) {
    const [, key, fallback] = NAMED.exec(source) ?? [];
    const name = names.get(key);
    if (!name) return source;
    return fallback ? `${name}, or “${fallback}”` : name;
  }

  function withPieces(text, names) {
    const words = text.split(FIELD);
    const fields = text.match(FIELD) ?? [];
    return words.flatMap((word, place) => (place < fields.length ? [word, pieceOf(fields[place], fieldWords(fields[place], names))] : [word]));
  }

  // ---- questions
  function asked(id, prepare) {
    const dialog = document.getElementById(id);
    const form = dialog.querySelector("form");
    prepare?.(form);
    dialog.returnValue = "no";
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes" ? Object.fromEntries(new FormData(form)) : null), { once: true });
    });
  }

  const askForField = () => asked("ask-field");

  function fieldSource({ name, else: fallback }) {
    const words = fallback.replaceAll('"', "”").replace(/[{}%]/g, "").trim();
    return words ? `{{ ${name} | default: "${words}" }}` : `{{ ${name} }}`;
  }

  window.Pieces = { asked, askForField, fieldSource, fieldWords, pieceOf, withPieces };
})();
