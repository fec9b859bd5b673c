import type { Random } from "./random.ts";
import * as words from "./words.ts";

const mutations: ((text: string, random: Random) => string)[] = [
  function insert(text, random) {
    return splice(text, random.below(text.length + 1), 0, random.pick(words.bytes));
  },
  function remove(text, random) {
    return splice(text, random.below(text.length), 1, "");
  },
  function replace(text, random) {
    return splice(text, random.below(text.length), 1, random.pick(words.bytes));
  },
  function double(text, random) {
    const at = random.below(text.length);
    return splice(text, at, 0, text.slice(at, at + 1 + random.below(20)));
  },
  function flipBit(text, random) {
    const at = random.below(text.length);
    const flipped = text.charCodeAt(at) ^ (1 << random.below(8));
    return splice(text, at, 1, String.fromCharCode(flipped));
  },
  function changeCase(text, random) {
    const at = random.below(text.length);
    const some = text.slice(at, at + 8);
    const other = some.replace(/[a-z]/gi, (letter) =>
      String.fromCharCode(letter.charCodeAt(0) ^ 32),
    );
    return splice(text, at, 8, other);
  },
  function endLine(text, random) {
    const ends = Array.from(text.matchAll(/\r\n/g), (match) => match.index);
    return ends.length ? splice(text, random.pick(ends), 2, random.pick(words.lineEnds)) : text;
  },
  function spoilColon(text, random) {
    const colons = Array.from(text.matchAll(/:/g), (match) => match.index);
    return colons.length ? splice(text, random.pick(colons), 1, random.pick(words.colons)) : text;
  },
  function leaveInTheMiddle(text, random) {
    return text.slice(0, random.below(text.length));
  },
];

/** No change, one or a few: with more, most requests fail at the request line. */
export function mutate(text: string, random: Random): string {
  let result = text;
  for (let count = random.pick([0, 0, 1, 1, 2, 3]); count > 0 && result; count -= 1)
    result = random.pick(mutations)(result, random);
  return result;
}

function splice(text: string, at: number, length: number, other: string): string {
  return text.slice(0, at) + other + text.slice(at + length);
}

/** Cut it into packets. */
export function packets(text: string, random: Random): string[] {
  const found: string[] = [];
  // Long input is not cut into single bytes.
  const most = text.length > 400 ? 400 : random.pick([1, 2, 5, 40, 400]);
  for (let at = 0; at < text.length;) {
    const size = 1 + random.below(most);
    found.push(text.slice(at, at + size));
    at += size;
  }
  return found;
}
