/** An order from the master to a front, or a question from a command. An answer carries the number of its question. */
export interface Question {
  id?: number;
  do: string;
  [field: string]: unknown;
}

/** Why something was not done. */
export interface Failure {
  code: string;
  message: string;
  detail: string;
  advice: string;
}

export type Answer = { ok: unknown } | { error: Failure };

/** Do something, and turn its outcome into an answer. Never rejects. */
export async function answer(action: () => unknown): Promise<Answer> {
  try {
    return { ok: (await action()) ?? {} };
  } catch (error) {
    return { error: failureOf(error) };
  }
}

export function failureOf(error: unknown): Failure {
  const { code = "", message = String(error), detail = "", advice = "" } = error as Failure;
  return { code, message, detail, advice };
}
