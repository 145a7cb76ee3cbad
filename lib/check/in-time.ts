/**
 * What was worked out in the time that there was. It is forgotten once there is other time: in that there may be more, and
 * what was cut off would pass for all.
 */
export class InTime<T extends object> {
  readonly #make: () => T;
  readonly #until: (() => number | undefined) | undefined;
  #known: { readonly until: number | undefined; readonly value: T } | undefined;

  /** @param until the end of the time, in milliseconds of `performance.now()`; absent: there is always enough */
  constructor(make: () => T, until: (() => number | undefined) | undefined) {
    this.#make = make;
    this.#until = until;
  }

  get value(): T {
    const until = this.#until?.();
    if (this.#known === undefined || this.#known.until !== until)
      this.#known = { until, value: this.#make() };
    return this.#known.value;
  }
}
