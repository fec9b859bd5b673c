/** A violation of PEP 3333, by a server or by an application. */
export class WsgiViolation extends Error {
  /** The title of the section of PEP 3333 that has the rule. */
  readonly section: string;

  constructor(section: string, message: string) {
    super(`${message} (PEP 3333, "${section}")`);
    this.name = "WsgiViolation";
    this.section = section;
  }
}
