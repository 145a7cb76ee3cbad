import type { ConfigModule, ConfigResource } from './terraform-plan.ts';
import { isFields } from './terraform-values.ts';

/** An attribute of a resource that an expression refers to. */
export interface Target {
  /** With its module and, where the expression names it, its instance: `module.m.aws_iam_role.x["a"]`. */
  readonly address: string;
  readonly attribute: string;
}

export interface Referred {
  readonly targets: readonly Target[];
  /** References that lead nowhere: `local.x`, `each.key`, a variable of the root module. */
  readonly others: readonly string[];
}

const nothing: Referred = { targets: [], others: [] };

/** Follows the references of a configuration, through variables and outputs of modules. */
export class References {
  readonly #root: ConfigModule;
  readonly #resources = new Map<string, ConfigResource>();

  constructor(root: ConfigModule | undefined) {
    this.#root = root ?? {};
    this.#index(this.#root, '');
  }

  /** Whether the configuration sets an argument. Arguments in a `dynamic` block are not in a plan. */
  sets(address: string, argument: string): boolean {
    return this.#resource(address)?.expressions[argument] !== undefined;
  }

  /** Whether the configuration is there, and does not set an argument. */
  leavesOut(address: string, argument: string): boolean {
    const resource = this.#resource(address);
    return resource !== undefined && resource.expressions[argument] === undefined;
  }

  /** How many times the block `name` is written, and what its arguments are. */
  blocks(address: string, name: string): readonly unknown[] {
    const blocks = this.#resource(address)?.expressions[name];
    return Array.isArray(blocks) ? blocks : [];
  }

  providerOf(address: string): string | undefined {
    return this.#resource(address)?.provider_config_key;
  }

  /** What the argument of a resource refers to. */
  of(address: string, argument: string): Referred {
    return this.follow(moduleOf(address), this.#resource(address)?.expressions[argument]);
  }

  /** What an expression refers to that is written in a module (`''`: the root module). */
  follow(module: string, expression: unknown): Referred {
    return this.#follow(module, expression, 0);
  }

  #follow(module: string, expression: unknown, depth: number): Referred {
    if (depth > 64 || !isFields(expression) || !Array.isArray(expression.references)) return nothing;
    const references = expression.references.filter((one) => typeof one === 'string');
    // Every reference is followed by its own beginnings.
    const whole = references.filter(
      (one, index) =>
        !references.some(
          (other, at) => at < index && (other.startsWith(`${one}.`) || other.startsWith(`${one}[`)),
        ),
    );
    const found = whole.map((one) => this.#target(module, one, depth));
    return {
      targets: found.flatMap(({ targets }) => targets),
      others: found.flatMap(({ others }) => others),
    };
  }

  #target(module: string, reference: string, depth: number): Referred {
    const variable = /^var\.([^.[]+)/.exec(reference)?.[1];
    if (variable !== undefined) {
      const { parent, call } = callerOf(module);
      const expression = call && this.#module(parent)?.module_calls?.[call]?.expressions?.[variable];
      return expression === undefined
        ? { targets: [], others: [reference] }
        : this.#follow(parent, expression, depth + 1);
    }
    const output = /^(module\.[^.[]+(?:\[[^\]]*\])?)(?:\.([^.[]+))?/.exec(reference);
    if (output !== null) {
      const [, child = '', name] = output;
      const inside = module === '' ? child : `${module}.${child}`;
      const expression = name && this.#module(inside)?.outputs?.[name]?.expression;
      return expression === undefined
        ? { targets: [], others: [reference] }
        : this.#follow(inside, expression, depth + 1);
    }
    const resource = /^((?:data\.)?[a-z][\w-]*\.[\w-]+(?:\[[^\]]*\])?)(?:\.(.*))?$/.exec(reference);
    const dead = /^(local|each|count|path|self|terraform)\./.test(reference);
    if (resource === null || dead) return { targets: [], others: [reference] };
    const [, own = '', attribute = ''] = resource;
    return { targets: [{ address: module === '' ? own : `${module}.${own}`, attribute }], others: [] };
  }

  #resource(address: string): ConfigResource | undefined {
    return this.#resources.get(withoutIndexes(address));
  }

  #module(address: string): ConfigModule | undefined {
    let module: ConfigModule | undefined = this.#root;
    for (const [, name = ''] of withoutIndexes(address).matchAll(/module\.([^.]+)/g)) {
      module = module?.module_calls?.[name]?.module;
    }
    return module;
  }

  #index(module: ConfigModule, prefix: string): void {
    for (const resource of module.resources ?? [])
      this.#resources.set(`${prefix}${resource.address}`, resource);
    for (const [name, call] of Object.entries(module.module_calls ?? {})) {
      if (call.module !== undefined) this.#index(call.module, `${prefix}module.${name}.`);
    }
  }
}

/** `module.a["x"].aws_iam_role.r[0]` → `module.a.aws_iam_role.r`. */
export function withoutIndexes(address: string): string {
  return address.replaceAll(/\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\]/g, '');
}

/** `module.a["x"].module.b.aws_iam_role.r` → `module.a["x"].module.b`; `''` for the root module. */
export function moduleOf(address: string): string {
  return (
    /^((?:module\.[^.[]+(?:\[(?:"(?:[^"\\]|\\.)*"|[^\]"]*)\])?\.)*)/.exec(address)?.[1]?.slice(0, -1) ?? ''
  );
}

function callerOf(module: string): { readonly parent: string; readonly call: string | undefined } {
  const plain = withoutIndexes(module);
  const at = plain.lastIndexOf('module.');
  if (at < 0) return { parent: '', call: undefined };
  // Indexes of the callers are kept as far as the address has them.
  const parent = at === 0 ? '' : module.slice(0, module.lastIndexOf('.module.'));
  return { parent, call: plain.slice(at + 'module.'.length) };
}
