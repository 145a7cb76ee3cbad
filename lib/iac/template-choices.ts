import type { OpenTemplate } from '@permission-check/cloudformation';

/** What nobody has decided of a template: a parameter that may have other values, or a condition of unknown outcome. */
export interface Axis {
  /** `Parameters.Stage`, `Conditions.IsProd`. */
  readonly path: string;
  readonly name: string;
  /** The one that is taken where another is not tried comes first. */
  readonly values: readonly string[];
  /** What is deployed where nobody chooses; absent: somebody has to, or nothing says it. */
  readonly fallback?: string;
}

/** The values of some axes, by path. */
export type Choice = ReadonlyMap<string, string>;

/** Values of parameters, and conditions that are taken to hold or not, by name. */
export interface Decided {
  readonly parameters: Readonly<Record<string, string>>;
  readonly conditions: Readonly<Record<string, boolean>>;
}

/** A choice, and the template that was worked out with it. */
export interface Way {
  readonly choice: Choice;
  readonly template: OpenTemplate;
}

/** A template with one choice or another for what is open. Each is worked out once. */
export class TemplateChoices {
  readonly #read: (decided: Decided) => OpenTemplate;
  readonly #known = new Map<string, OpenTemplate>();
  readonly #axes = new Map<string, Axis>();

  constructor(read: (decided: Decided) => OpenTemplate) {
    this.#read = read;
  }

  /** All that is known to be open, in the order in which it was found. */
  get axes(): readonly Axis[] {
    return [...this.#axes.values()];
  }

  /** The usual value of every axis. */
  usual(): Choice {
    return new Map(
      this.axes.flatMap(({ path, values: [value] }) => (value === undefined ? [] : [[path, value]])),
    );
  }

  /** What tells a choice from others: what it does not leave as it is where nobody chooses. */
  keyOf(choice: Choice): string {
    return JSON.stringify(this.#decidedBy(choice));
  }

  template(choice: Choice): OpenTemplate {
    const key = this.keyOf(choice);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const template = this.#read(this.#decidedBy(choice));
    this.#known.set(key, template);
    for (const axis of axesOf(template)) if (!this.#axes.has(axis.path)) this.#axes.set(axis.path, axis);
    return template;
  }

  /**
   * Every choice of what some resources depend on, the usual one first. What is read only for some values of something
   * else is chosen only beside those.
   *
   * @returns undefined where there are more than `most`.
   */
  waysOf(resources: readonly string[], most: number): Way[] | undefined {
    const ways: Way[] = [];
    const left: Choice[] = [new Map()];
    for (let choice = left.pop(); choice !== undefined; choice = left.pop()) {
      const template = this.template(choice);
      const axis = this.#openIn(template, resources, choice);
      if (axis === undefined) ways.push({ choice, template });
      else for (const value of axis.values.toReversed()) left.push(new Map([...choice, [axis.path, value]]));
      if (ways.length + left.length > most) return undefined;
    }
    return ways;
  }

  /** The first thing that was read for the resources and that is not chosen. */
  #openIn({ reads }: OpenTemplate, resources: readonly string[], choice: Choice): Axis | undefined {
    for (const resource of ['Resources', ...resources]) {
      for (const path of reads.get(resource) ?? []) {
        const axis = choice.has(path) ? undefined : this.#axes.get(path);
        if (axis !== undefined) return axis;
      }
    }
    return undefined;
  }

  #decidedBy(choice: Choice): Decided {
    const parameters: Record<string, string> = {};
    const conditions: Record<string, boolean> = {};
    for (const path of [...choice.keys()].sort()) {
      const axis = this.#axes.get(path);
      const value = choice.get(path);
      if (axis === undefined || value === undefined || value === axis.fallback) continue;
      if (!path.startsWith('Conditions.')) parameters[axis.name] = value;
      else if (value === 'false') conditions[axis.name] = false;
    }
    return { parameters, conditions };
  }
}

/** What a template that was worked out shows to be open. */
function axesOf({ open, undecided }: OpenTemplate): Axis[] {
  return [
    ...[...open].flatMap(([name, { allowed, fallback }]): Axis[] => {
      if (allowed.length === 0) return [];
      const values = fallback === undefined ? allowed : [...new Set([fallback, ...allowed])];
      return [{ path: `Parameters.${name}`, name, values, ...(fallback === undefined ? {} : { fallback }) }];
    }),
    ...undecided.map((name): Axis => ({ path: `Conditions.${name}`, name, values: ['true', 'false'] })),
  ];
}
