import assert from "node:assert/strict";
import { ask } from "./ask.ts";

/** Who can log in to the example. */
const login = { username: "django", password: "reinhardt" };

/** A browser's memory: cookies. Redirects are not followed. */
export class Client {
  readonly url: string;
  #cookies = new Map<string, string>();

  constructor(url: string) {
    this.url = url;
  }

  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const cookie = Array.from(this.#cookies, ([name, value]) => `${name}=${value}`).join("; ");
    const response = await ask(this.url + path, {
      ...init,
      redirect: "manual",
      headers: { cookie, ...(init.headers as Record<string, string>) },
    });
    for (const each of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(each) ?? [];
      if (name) this.#cookies.set(name, value ?? "");
    }
    return response;
  }

  async text(path: string): Promise<string> {
    const response = await this.request(path);
    const text = await response.text();
    assert.equal(response.status, 200, `${path}: ${text.slice(0, 300)}`);
    return text;
  }

  /** Send a form as Django requires it: with the token from its cookie. */
  async post(path: string, fields: Record<string, string | File>): Promise<Response> {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append("csrfmiddlewaretoken", this.#cookies.get("csrftoken") ?? "");
    return await this.request(path, { method: "POST", body: form });
  }

  async logIn(): Promise<void> {
    await this.text("/accounts/login/");
    const response = await this.post("/accounts/login/", { ...login, next: "/" });
    assert.equal(response.status, 302, await response.text());
    assert.equal(response.headers.get("location"), "/");
  }
}
