/** A rule of PEP 3333 that was not kept. */
export class WsgiViolation extends Error {
  /** The section of the PEP. */
  readonly section: string;

  constructor(section: string, message: string) {
    super(`${message} (PEP 3333, "${section}")`);
    this.name = "WsgiViolation";
    this.section = section;
  }
}
