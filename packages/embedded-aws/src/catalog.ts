import type { AwsManagedPolicy } from './account/aws-managed-policies.ts';

/**
 * What is known of the services whose permissions an embedded AWS is about. Whoever starts it hands this in: the
 * package knows the actions of IAM, STS, S3 and SNS that it simulates, and no others.
 */
export interface ServiceCatalog {
  readonly actions: readonly CatalogAction[];
  /** AWS managed policies that exist besides those of the account, by name. */
  readonly managedPolicies: Readonly<Record<string, AwsManagedPolicy>>;
  /** The services, by action prefix, that resource control policies act on. Default: none. */
  readonly rcpServices?: ReadonlySet<string>;
}

export interface CatalogAction {
  /** As AWS spells it: `rekognition:DetectFaces`. */
  readonly action: string;
  /**
   * The ARNs of the resources that the action is judged on:
   * `arn:${Partition}:rekognition:${Region}:${Account}:collection/${CollectionId}`; none where it is judged on `*` only.
   */
  readonly resources: readonly string[];
  /** What a Region may lack, or an account be shut out from: `custom-labels`. */
  readonly feature?: string;
}

export const emptyCatalog: ServiceCatalog = { actions: [], managedPolicies: {} };

/** A catalogue, ready to be asked. Action names are found in AWS's own spelling only, as IAM's simulation finds them. */
export class KnownActions {
  readonly #actions: ReadonlyMap<
    string,
    { readonly entry: CatalogAction; readonly resources: readonly RegExp[] }
  >;

  constructor(catalog: ServiceCatalog) {
    this.#actions = new Map(
      catalog.actions.map((entry) => [entry.action, { entry, resources: entry.resources.map(arnPattern) }]),
    );
  }

  has(action: string): boolean {
    return this.#actions.has(action);
  }

  /** Patterns of the ARNs that the action is judged on; `undefined` for an action that is not known. */
  resources(action: string): readonly RegExp[] | undefined {
    return this.#actions.get(action)?.resources;
  }

  /** The services that have any of the actions, by action prefix. */
  services(): readonly string[] {
    return [...new Set([...this.#actions.keys()].map((action) => action.slice(0, action.indexOf(':'))))];
  }

  feature(action: string): string | undefined {
    return this.#actions.get(action)?.entry.feature;
  }
}

/** A variable of an ARN's form stands for one field or one segment. */
function arnPattern(form: string): RegExp {
  const source = form
    .split(/\$\{\w+\}/)
    .map((part) => part.replace(/[.*+?^()|[\]\\]/g, '\\$&'))
    .join('[^:/]*');
  return new RegExp(`^${source}$`);
}
