// What a stranger has written is shown, and never obeyed: a terminal takes control characters for commands, bidirectional
// overrides make a text look like another one, and U+2028 is the end of a line to some. The twin of python/quintet/shared/printable.py.

/** C0, DEL, C1, the separators of lines and paragraphs, what changes the direction of a text. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
const CONTROLS = new RegExp(CONTROL, "gu");
/** Of JSON, in whose strings there is no C0, and whose line ends in one. */
const BEYOND_C0 = /[\u007f-\u009f\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
const ALL_BEYOND_C0 = new RegExp(BEYOND_C0, "gu");
const NAMED: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** One line: every such character becomes `\n`, `\x1b` or `\u202e`. */
export function printable(text: string): string {
  return CONTROL.test(text) ? text.replace(CONTROLS, escaped) : text;
}

/** Several lines, each of them so. */
export function printableLines(text: string): string {
  return CONTROL.test(text) ? text.split("\n").map(printable).join("\n") : text;
}

/** JSON that means the same. */
export function printableJson(json: string): string {
  return BEYOND_C0.test(json) ? json.replace(ALL_BEYOND_C0, unicode) : json;
}

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  if (code > 0xff) return unicode(character);
  return NAMED[character] ?? `\\x${code.toString(16).padStart(2, "0")}`;
}

/** Such as `\u202e`. */
export function unicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
