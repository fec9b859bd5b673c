import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Figure, type Word, figures, judge } from "../../bench/against/verdict.ts";

describe("the verdict", () => {
  const named = (name: string): Figure => figures.find((each) => each.name === name) as Figure;
  const rps = named("rps");
  const cpu = named("cpu");
  /** A round of six ratios around one, with the given spread. */
  const around = (middle: number, spread: number): number[] =>
    Array.from({ length: 6 }, (_, index) => middle * (1 + ((index - 2.5) / 2.5) * spread));
  /** The verdict on rounds around these ratios. */
  const word = (figure: Figure, spread: number, ...middles: number[]): Word =>
    judge(
      middles.map((middle) => around(middle, spread)),
      figure,
    ).word;

  test("depends on which way is better", () => {
    assert.equal(word(rps, 0.02, 1, 1), "no slower");
    assert.equal(word(cpu, 0.02, 1, 1), "no slower");
    assert.equal(word(rps, 0.02, 0.9, 0.9), "slower");
    assert.equal(word(cpu, 0.02, 0.9, 0.9), "faster");
    assert.equal(word(rps, 0.02, 1.1, 1.1), "faster");
    assert.equal(word(cpu, 0.02, 1.1, 1.1), "slower");
  });

  test("is open where the interval reaches to both sides of the margin", () => {
    assert.equal(word(rps, 0.2, 1, 1), "cannot tell");
    assert.equal(word(rps, 0.02, 0.97, 0.97), "cannot tell");
  });

  test("is open where a round disagrees, however many pairs the others have", () => {
    assert.equal(word(rps, 0.01, 0.8, 0.8, 0.8, 0.8), "slower");
    assert.equal(word(rps, 0.01, 0.8, 0.8, 0.8, 1.01), "cannot tell");
  });

  test("needs most rounds to agree when there are many", () => {
    const many = (count: number, odd: number): Word =>
      word(rps, 0.01, ...Array(count - odd).fill(0.8), ...Array(odd).fill(1.01));
    assert.equal(many(22, 5), "slower");
    assert.equal(many(22, 6), "cannot tell");
  });

  test("is open with fewer than six pairs, which may all lie on one side by chance", () => {
    const few = around(0.5, 0.01);
    assert.equal(judge([few.slice(0, 5)], rps).word, "cannot tell");
    assert.equal(judge([few], rps).word, "slower");
  });

  test("hardly moves for a wild pair", () => {
    const { ratio, word } = judge([around(1, 0.01), [...around(1, 0.01), 0.01]], rps);
    assert.equal(word, "no slower");
    assert.ok(Math.abs(ratio - 1) < 0.01, `ratio ${ratio}`);
  });

  test("equal speeds are called slower less than once in a hundred times", () => {
    let state = 1;
    const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    const busy = (): number => Math.exp(Math.log(random()) * Math.sign(random() - 0.5) * 0.3);
    const round = (): number[] => Array.from({ length: 6 }, busy);
    const words = Array.from({ length: 2000 }, () => judge([round(), round(), round()], rps).word);
    const wrong = words.filter((each) => each === "slower").length;
    assert.ok(wrong < 20, `${wrong} of ${words.length}`);
  });
});
