// Escape characters of untrusted text that are dangerous on a terminal or in a log: control characters are commands,
// bidirectional overrides disguise a text, and some programs end a line at U+2028. The twin of
// python/quintet/shared/printable.py.

/** C0, DEL, C1, the line and paragraph separators, and the controls of text direction. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
const CONTROLS = new RegExp(CONTROL, "gu");
/** The same without C0, for JSON: its strings have no C0, and its line ends in a newline. */
const BEYOND_C0 = /[\u007f-\u009f\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
const ALL_BEYOND_C0 = new RegExp(BEYOND_C0, "gu");
const NAMED: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Escape a text to a single line: such a character becomes `\n`, `\x1b` or `\u202e`. */
export function printable(text: string): string {
  return CONTROL.test(text) ? text.replace(CONTROLS, escaped) : text;
}

/** Escape each line of a text, and keep the line ends. */
export function printableLines(text: string): string {
  return CONTROL.test(text) ? text.split("\n").map(printable).join("\n") : text;
}

/** Escape JSON. The result has the same value. */
export function printableJson(json: string): string {
  return BEYOND_C0.test(json) ? json.replace(ALL_BEYOND_C0, unicode) : json;
}

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  if (code > 0xff) return unicode(character);
  return NAMED[character] ?? `\\x${code.toString(16).padStart(2, "0")}`;
}

/** The escape of a character, such as `\u202e`. */
export function unicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
