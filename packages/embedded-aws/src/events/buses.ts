import { z } from 'zod';
import { AwsError } from '../types.ts';
import { type BusSettings, EventBus } from './bus.ts';

export interface BusesSettings extends Omit<BusSettings, 'region'> {
  /** Makes sure that EventBridge may put events on a bus as the role of a rule. @throws AwsError where it may not. */
  readonly authorize: (roleArn: string, ruleArn: string, busArn: string) => void;
}

/** The event buses of an account in all its Regions. A rule hands events to a bus of another Region with a role of its own. */
export class EventBuses {
  readonly #settings: BusesSettings;
  readonly #regions = new Map<string, EventBus>();

  constructor(settings: BusesSettings) {
    this.#settings = settings;
  }

  in(region: string): EventBus {
    const known = this.#regions.get(region);
    if (known !== undefined) return known;
    const { authorize: _, targets, ...settings } = this.#settings;
    const events = {
      deliver: (busArn: string, ruleArn: string, body: string, roleArn?: string) =>
        this.#forward(busArn, ruleArn, body, roleArn),
    };
    const bus = new EventBus({ ...settings, region, targets: { ...targets, events } });
    this.#regions.set(region, bus);
    return bus;
  }

  /** Source: Amazon EventBridge User Guide, "Sending and receiving events between AWS Regions". */
  #forward(busArn: string, ruleArn: string, body: string, roleArn: string | undefined): void {
    const [, , , region = '', , name = ''] = busArn.split(':');
    if (roleArn === undefined) {
      throw new AwsError('AccessDeniedException', `${ruleArn} has no role with which it may put events`, 403);
    }
    this.#settings.authorize(roleArn, ruleArn, busArn);
    const event = z.record(z.string(), z.json()).parse(JSON.parse(body));
    this.in(region).take(event, name.replace(/^event-bus\//, ''));
  }
}
