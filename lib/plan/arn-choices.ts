import type { RequestContext, ResourceForm, ResourcePattern } from '@permission-check/iam-policy';
import type { ResourceTypeName } from '#lib/catalog/types.ts';
import { formsOf, neutralArns, readableArns } from './arns.ts';
import type { PlanInput } from './types.ts';

/** The ARNs that a plan can choose from, for each resource type. */
export class ArnChoices {
  readonly #input: PlanInput;
  readonly #regions: readonly string[];
  readonly #patterns: readonly ResourcePattern[];
  readonly #context: RequestContext;
  readonly #neutral = new Map<ResourceTypeName, string>();
  readonly #forms = new Map<ResourceTypeName, readonly ResourceForm[]>();

  /** @param regions the asked one first */
  constructor(input: PlanInput, regions: readonly string[]) {
    this.#input = input;
    this.#regions = regions;
    this.#context = input.facts;
    const patterns = new Map<string, ResourcePattern>();
    for (const { layers } of [input.observed, input.expected]) {
      for (const { compiled } of layers.flatMap(({ statements }) => statements)) {
        if (!input.actions.some(({ action }) => compiled.matchesAction(action))) continue;
        for (const pattern of compiled.resources) {
          if (!/^\*+$/.test(pattern.text)) patterns.set(pattern.text, pattern);
        }
      }
    }
    this.#patterns = [...patterns.values()];
  }

  /** The ARN of the baseline requests: of a resource that no policy seems to mean. */
  neutral(type: ResourceTypeName): string {
    const known = this.#neutral.get(type);
    if (known !== undefined) return known;
    const [arn] = this.#neutrals(type, this.#input.baseline.region);
    if (arn === undefined) throw new Error(`no ARN for ${type}`);
    this.#neutral.set(type, arn);
    return arn;
  }

  /** Every ARN of a type in the Regions that make a difference. */
  forms(type: ResourceTypeName): readonly ResourceForm[] {
    const known = this.#forms.get(type);
    if (known) return known;
    const written = this.#patterns.flatMap((pattern) => pattern.written(this.#context) ?? []);
    const forms = this.#regions.flatMap((region) => {
      const readable = written.flatMap((pattern) => readableArns(pattern, this.#input, region));
      const hints = [...this.#neutrals(type, region), ...(this.#input.knownResources ?? []), ...readable];
      return formsOf(type, this.#input, region, hints);
    });
    this.#forms.set(type, forms);
    return forms;
  }

  #neutrals(type: ResourceTypeName, region: string): string[] {
    const matching = (arn: string) =>
      this.#patterns.filter((pattern) => pattern.matches(arn, this.#context)).length;
    return neutralArns(type, this.#input, region, matching);
  }
}
