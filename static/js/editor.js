// Turns <textarea data-editor="json"> into a code editor. The textarea stays what the form posts:
// each keeps the other's text. The library is fetched only where there is such a field.

const base = new URL(
  document.querySelector("script[data-editor-library]").dataset.editorLibrary,
  document.baseURI,
).href;
// What code is given to work with; the rest is what the language knows.
const GLOBALS = { javascript: { arc: false, utils: false, getDataElementValue: false } };
const WHOLE_TOKEN = /^\s*\{\{[^{}]+\}\}\s*$/;
const editors = new Map();
let loading;

const loaded = (element) =>
  new Promise((resolve, reject) => {
    element.addEventListener("load", resolve);
    element.addEventListener("error", reject);
    document.head.append(element);
  });

const fetchLibrary = async () => {
  const script = Object.assign(document.createElement("script"), { src: `${base}ace.js` });
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = new URL("../../editor.css", base).href;
  await Promise.all([loaded(script), loaded(style)]);
  window.ace.config.set("useStrictCSP", true);
  window.ace.config.set("basePath", base.replace(/\/$/, ""));
  window.ace.config.set("loadWorkerFromBlob", false);
};

// A mode is fetched after its editor is made, and brings what looks for mistakes.
const tellGlobals = (editor, language) => {
  const globals = GLOBALS[language];
  if (!globals) return;
  const tell = () => editor.session.$worker?.call("setOptions", [{ globals }]);
  editor.session.on("changeMode", tell);
  tell();
};

const labelOf = (textarea) => textarea.labels[0]?.textContent.trim() || textarea.name;

const frameFor = (textarea) => {
  const frame = document.createElement("div");
  frame.className = "editor";
  frame.classList.toggle("is-invalid", textarea.matches(".is-invalid"));
  const message = document.createElement("p");
  message.className = "editor-message";
  message.setAttribute("role", "status");
  textarea.closest(".control").after(message);
  textarea.before(frame);
  return { frame, message };
};

const create = (textarea, frame) =>
  window.ace.edit(frame, {
    mode: `ace/mode/${textarea.dataset.editor}`,
    theme: { cssClass: "ace-look", cssText: "", isDark: false },
    value: textarea.value,
    placeholder: textarea.placeholder,
    minLines: 8,
    maxLines: 28,
    tabSize: 2,
    wrap: true,
    fontSize: 13,
    showPrintMargin: false,
    showFoldWidgets: false,
    highlightActiveLine: false,
    highlightGutterLine: false,
    enableKeyboardAccessibility: true,
    textInputAriaLabel: labelOf(textarea),
  });

// One data element in place of the whole text is no JSON, and no mistake either.
// What the server said of a text stands below the field already, until the text is changed.
const showMarks = (textarea, editor, message) => {
  const marks = editor.session.getAnnotations();
  if (marks.length > 0 && WHOLE_TOKEN.test(editor.getValue())) {
    editor.session.clearAnnotations();
    return;
  }
  const [first] = marks;
  const isTold = textarea.matches(".is-invalid") && textarea.value === textarea.defaultValue;
  message.textContent = first && !isTold ? `Line ${first.row + 1}, column ${first.column + 1}: ${first.text}` : "";
};

const keepSame = (textarea, editor) => {
  let isOurs = false;
  editor.session.on("change", () => {
    if (isOurs) return;
    isOurs = true;
    textarea.value = editor.getValue();
    textarea.dispatchEvent(new Event("input", { bubbles: true }));
    isOurs = false;
  });
  textarea.addEventListener("input", () => {
    if (isOurs || textarea.value === editor.getValue()) return;
    isOurs = true;
    editor.setValue(textarea.value, 1);
    isOurs = false;
  });
};

const describe = (textarea, editor) => {
  const input = editor.textInput.getElement();
  for (const name of ["aria-describedby", "aria-invalid", "aria-required"]) {
    const value = textarea.getAttribute(name);
    if (value) input.setAttribute(name, value);
  }
  editor.renderer.scroller.setAttribute(
    "aria-label",
    `${labelOf(textarea)}: press Enter to edit, Escape to leave`,
  );
  editor.textInput.setAriaOptions({ setLabel: true });
  textarea.tabIndex = -1;
  textarea.setAttribute("aria-hidden", "true");
};

const enhance = (textarea) => {
  const { frame, message } = frameFor(textarea);
  const editor = create(textarea, frame);
  editors.set(textarea, editor);
  textarea.closest(".control").classList.add("has-editor");
  tellGlobals(editor, textarea.dataset.editor);
  keepSame(textarea, editor);
  describe(textarea, editor);
  editor.session.on("changeAnnotation", () => showMarks(textarea, editor, message));
  // The label, a link of the summary of errors and the closing picker point to the textarea.
  textarea.addEventListener("focus", () => {
    const { selectionStart, selectionEnd, value } = textarea;
    if (value !== "" && selectionEnd - selectionStart === value.length) editor.selectAll();
    editor.focus();
  });
  textarea.addEventListener("insert-token", (event) => {
    event.preventDefault();
    editor.insert(event.detail);
  });
};

const forget = () => {
  for (const [textarea, editor] of editors) {
    if (textarea.isConnected) continue;
    editor.destroy();
    editors.delete(textarea);
  }
};

const enhanceAll = async () => {
  forget();
  const found = [...document.querySelectorAll("textarea[data-editor]:not([data-editor-on])")];
  if (found.length === 0) return;
  found.forEach((textarea) => {
    textarea.dataset.editorOn = "";
  });
  loading ??= fetchLibrary();
  try {
    await loading;
  } catch {
    return; // the textareas do without
  }
  found.filter((textarea) => textarea.isConnected).forEach(enhance);
};

enhanceAll();
document.addEventListener("htmx:load", enhanceAll);
