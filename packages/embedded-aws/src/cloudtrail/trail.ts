import type { ApiCallSource, LocalApiCall } from '../api-call.ts';
import type { EventBuses } from '../events/buses.ts';
import type { JsonObject } from '../events/json.ts';
import type { Timers } from '../timers.ts';
import { cloudTrailRecord } from './event.ts';

/** How unkind the delivery of events is. Delivery by CloudTrail is best effort: all of this happens. */
export interface DeliverySwitches {
  /** Whether a trail with logging exists; without one nothing reaches EventBridge. */
  logging: boolean;
  /** From the call to the bus, in milliseconds. */
  delayMs: number;
  /** Every n-th event comes twice, with the same eventID; 0: none. */
  duplicateEvery: number;
  /** Every n-th event never comes; 0: none. */
  loseEvery: number;
  /** Delays differ up to tenfold, so that events overtake each other. */
  reorder: boolean;
}

/**
 * CloudTrail as EventBridge sees it: turns the API calls that the account's services report into events on the bus.
 * A call comes to the bus of the Region that records it; IAM and Organizations are recorded in us-east-1.
 */
export class CloudTrail {
  readonly switches: DeliverySwitches;
  readonly #buses: EventBuses;
  readonly #timers: Timers;
  readonly #pace: number;
  readonly #stop: () => void;
  #count = 0;
  #seed = 1;

  /** `pace`: factor on the delay. */
  constructor(source: ApiCallSource, buses: EventBuses, timers: Timers, pace = 1) {
    this.#buses = buses;
    this.#timers = timers;
    this.#pace = pace;
    this.switches = { logging: true, delayMs: 3_000, duplicateEvery: 0, loseEvery: 0, reorder: false };
    this.#stop = source.onApiCall((call) => this.#record(call));
  }

  stop(): void {
    this.#stop();
  }

  #record(call: LocalApiCall): void {
    if (!this.switches.logging) return;
    this.#count += 1;
    const { loseEvery, duplicateEvery } = this.switches;
    if (loseEvery > 0 && this.#count % loseEvery === 0) return;
    const detail = cloudTrailRecord(call);
    this.#deliver(call, detail);
    if (duplicateEvery > 0 && this.#count % duplicateEvery === 0) this.#deliver(call, detail);
  }

  #deliver(call: LocalApiCall, detail: JsonObject): void {
    const { delayMs, reorder } = this.switches;
    const delay = delayMs * this.#pace * (reorder ? 1 + 9 * this.#random() : 1);
    this.#timers.after(delay, () => {
      this.#buses
        .in(call.region)
        .put({ source: `aws.${call.service}`, detailType: 'AWS API Call via CloudTrail', detail });
    });
  }

  /** 0..1, the same row of numbers in every run. Source: Park and Miller's minimal standard generator. */
  #random(): number {
    this.#seed = (this.#seed * 48_271) % 2_147_483_647;
    return this.#seed / 2_147_483_647;
  }
}
