// The composer's editor over Squire: people see words and pieces, the form holds the HTML. What an editor of words would spoil
// (tables, styles) stays HTML. A piece is a field or a picture: it is shown by its name, and kept exactly as it was written.
(() => {
  "use strict";

  const BUTTON_STYLE = "display:inline-block;padding:12px 24px;border-radius:6px;background:#0f6b5c;color:#ffffff;text-decoration:none";
  const PICTURE_STYLE = "max-width:100%;height:auto";
  const KEPT = new Set(["A", "B", "BLOCKQUOTE", "BR", "EM", "H1", "H2", "H3", "HR", "I", "LI", "OL", "P", "S", "STRONG", "U", "UL"]);
  const GONE = new Set(["SCRIPT", "STYLE", "TITLE", "TEMPLATE", "IFRAME", "OBJECT", "NOSCRIPT"]);
  const { asked, askForField, fieldSource, fieldWords, pieceOf, withPieces } = window.Pieces;

  // ---- pieces
  // The page's policy holds in parsed documents too: styles and handlers go before, or each would be reported.
  const STYLED = /\s(?:style|on\w+)\s*=\s*("[^"]*"|'[^']*'|[^\s>&]+)/gi;
  const SHEET = /<style[\s\S]*?<\/style>/gi;
  const parsed = (html) => new DOMParser().parseFromString(html.replace(SHEET, "").replace(STYLED, ""), "text/html");

  const pictureWords = (image) => `Picture: ${image.getAttribute("alt") || image.getAttribute("src") || "without an address"}`;

  // ---- from the HTML to what is edited, and back
  function isForWords(html) {
    const own = html.replaceAll(` style="${BUTTON_STYLE}"`, "").replaceAll(` style="${PICTURE_STYLE}"`, "");
    if (own.search(STYLED) >= 0 || own.search(SHEET) >= 0) return false;
    const body = parsed(own).body;
    return [...body.querySelectorAll("*")].every((element) => {
      if (element.tagName === "IMG") return true;
      if (!KEPT.has(element.tagName)) return false;
      return element.matches("a.mail-button") || !element.hasAttribute("class");
    });
  }

  function fragmentOf(html, names) {
    const fragment = document.createDocumentFragment();
    for (const node of parsed(html).body.childNodes) fragment.append(...copied(node, names));
    return fragment;
  }

  function copied(node, names) {
    if (node.nodeType === Node.TEXT_NODE) return withPieces(node.data, names);
    if (node.nodeType !== Node.ELEMENT_NODE || GONE.has(node.tagName)) return [];
    if (node.dataset.source) return [pieceOf(node.dataset.source, node.textContent)];
    if (node.tagName === "IMG") return [pieceOf(node.outerHTML.replace("<img", `<img style="${PICTURE_STYLE}"`), pictureWords(node))];
    const inside = [...node.childNodes].flatMap((child) => copied(child, names));
    if (!KEPT.has(node.tagName)) return node.tagName === "DIV" ? [paragraph(inside)] : inside;
    const element = document.createElement(node.tagName);
    if (node.tagName === "A") {
      element.setAttribute("href", node.getAttribute("href") ?? "");
      if (node.classList.contains("mail-button")) element.className = "mail-button";
    }
    element.append(...inside);
    return [element];
  }

  function paragraph(nodes) {
    const element = document.createElement("p");
    element.append(...nodes);
    return element;
  }

  function htmlOf(edited) {
    const body = parsed(edited).body;
    const sources = [];
    for (const piece of body.querySelectorAll("[data-source]")) piece.replaceWith(`\ue010${sources.push(piece.dataset.source) - 1}\ue011`);
    if (!body.textContent.replace(/[\s\u200b]/g, "") && !body.querySelector("hr")) return "";
    return body.innerHTML
      .replaceAll("\u200b", "")
      .replace(/(?<!\s|;)&nbsp;(?!\s|&)/g, " ")
      .replaceAll('class="mail-button"', `class="mail-button" style="${BUTTON_STYLE}"`)
      .replace(/\ue010(\d+)\ue011/g, (_, number) => sources[number]);
  }

  // ---- questions
  function askForLink(title, words, label) {
    return asked("ask-link", (form) => {
      form.reset();
      form.querySelector("h2").textContent = title;
      form.querySelector("label[for=link-words]").textContent = label;
      form.elements.words.value = words;
    });
  }

  function webAddress(typed) {
    const address = typed.trim();
    if (/^(https?:|mailto:|tel:|\{\{)/i.test(address)) return address;
    return /^[^\s@/]+@[^\s@]+$/.test(address) ? `mailto:${address}` : `https://${address}`;
  }

  // ---- commands
  const escaped = (words) => {
    const holder = document.createElement("i");
    holder.textContent = words;
    return holder.innerHTML.replaceAll('"', "&quot;");
  };

  function toggled(editor, tag, on, off) {
    if (editor.hasFormat(tag)) editor[off]();
    else editor[on]();
  }

  function toggleHeading(editor) {
    const tag = editor.hasFormat("H2") ? "p" : "h2";
    editor.modifyBlocks((fragment) => {
      for (const block of [...fragment.querySelectorAll("p, h1, h2, h3")]) {
        const other = document.createElement(tag);
        other.append(...block.childNodes);
        block.replaceWith(other);
      }
      return fragment;
    });
  }

  function startParagraph(editor) {
    let hasWords = false;
    editor.forEachBlock((block) => { hasWords ||= Boolean(block.textContent.replace(/[\s\u200b]/g, "")); }, false);
    if (hasWords) editor.splitBlock(false);
  }

  const COMMANDS = {
    bold: (editor) => toggled(editor, "B", "bold", "removeBold"),
    italic: (editor) => toggled(editor, "I", "italic", "removeItalic"),
    heading: toggleHeading,
    list: (editor) => toggled(editor, "UL", "makeUnorderedList", "removeList"),
    numbers: (editor) => toggled(editor, "OL", "makeOrderedList", "removeList"),
    undo: (editor) => editor.undo(),
    redo: (editor) => editor.redo(),
    clear: (editor) => editor.removeAllFormatting(),
    rule: (editor) => editor.insertHTML("<hr><p><br></p>"),
    async link(editor) {
      const answer = await askForLink("Link", editor.getSelectedText(), "Words");
      if (answer) editor.insertHTML(`<a href="${escaped(webAddress(answer.url))}">${escaped(answer.words || answer.url)}</a>`);
    },
    async button(editor) {
      const answer = await askForLink("Button", "", "What it says");
      if (!answer) return;
      startParagraph(editor);
      editor.insertHTML(`<p><a class="mail-button" href="${escaped(webAddress(answer.url))}">${escaped(answer.words || answer.url)}</a></p><p><br></p>`);
    },
    async image(editor) {
      const answer = await askForLink("Picture", "", "What it shows, for those who do not see it");
      if (!answer) return;
      const source = `<img style="${PICTURE_STYLE}" src="${escaped(webAddress(answer.url))}" alt="${escaped(answer.words)}" width="560">`;
      editor.insertElement(pieceOf(source, `Picture: ${answer.words || answer.url}`));
    },
    async field(editor, names) {
      const answer = await askForField();
      if (!answer) return;
      const source = fieldSource(answer);
      editor.insertElement(pieceOf(source, fieldWords(source, names)));
    },
  };

  const PRESSED = { bold: "B", italic: "I", heading: "H2", list: "UL", numbers: "OL" };

  function showPressed(box, editor) {
    for (const [command, tag] of Object.entries(PRESSED)) {
      box.querySelector(`[data-command=${command}]`).setAttribute("aria-pressed", String(editor.hasFormat(tag)));
    }
  }

  // ---- the editor itself
  function start(box) {
    const field = document.getElementById(box.dataset.editor);
    const source = field.closest("[data-html-part]");
    const toggle = document.querySelector("[data-toggle-source]");
    const names = new Map(JSON.parse(box.dataset.fields));
    const editor = new window.Squire(box.querySelector("[data-surface]"), {
      blockTag: "P",
      sanitizeToDOMFragment: (html) => fragmentOf(html, names),
    });

    let shown = "";
    const store = () => {
      const html = htmlOf(editor.getHTML());
      if (box.hidden || html === shown) return;  // Squire also reports what we put in, and what nobody sees any more
      shown = html;
      field.value = html;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const show = (asSource) => {
      source.hidden = !asSource;
      box.hidden = asSource;
      toggle.setAttribute("aria-pressed", String(asSource));
      toggle.textContent = asSource ? "Edit as words" : "Edit as HTML";
      toggle.disabled = asSource && !isForWords(field.value);
      if (asSource) return;
      editor.setHTML(field.value);
      shown = htmlOf(editor.getHTML());
    };

    box.querySelector(".editor-bar").addEventListener("click", async (event) => {
      const command = event.target.closest("[data-command]")?.dataset.command;
      if (!command) return;
      await COMMANDS[command](editor, names);
      editor.focus();
      store();
      showPressed(box, editor);
    });
    editor.addEventListener("input", store);
    editor.addEventListener("pathChange", () => showPressed(box, editor));
    field.addEventListener("input", () => { if (!source.hidden) toggle.disabled = !isForWords(field.value); });
    toggle.addEventListener("click", () => show(source.hidden));
    show(!isForWords(field.value));
  }

  document.addEventListener("script-ready", (event) => {
    if (event.target.matches?.("[data-editor]")) start(event.target);
  });
})();
