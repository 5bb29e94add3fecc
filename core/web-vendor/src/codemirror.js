// Everything the config editor takes from CodeMirror, as one module that is loaded only when that editor is opened.
export { Compartment, EditorSelection, EditorState, StateEffect, StateField } from '@codemirror/state';
export {
  Decoration, EditorView, ViewPlugin, crosshairCursor, drawSelection, dropCursor, highlightActiveLine,
  highlightActiveLineGutter, highlightSpecialChars, hoverTooltip, keymap, lineNumbers, placeholder, rectangularSelection,
  tooltips,
} from '@codemirror/view';
export { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
export {
  HighlightStyle, bracketMatching, defaultHighlightStyle, foldGutter, foldKeymap, indentOnInput, indentUnit,
  syntaxHighlighting, syntaxTree,
} from '@codemirror/language';
export { autoCloseTags, xml, xmlLanguage } from '@codemirror/lang-xml';
export {
  acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, startCompletion,
} from '@codemirror/autocomplete';
export { forceLinting, lintGutter, lintKeymap, linter, setDiagnostics } from '@codemirror/lint';
export { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
export { tags } from '@lezer/highlight';
