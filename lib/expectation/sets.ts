import type { PolicySource } from '@permission-check/iam-policy';
import { didYouMean, nearest } from '#lib/catalog/did-you-mean.ts';
import { nameInAddress, permissionSet, permissionSetNames } from '#lib/catalog/permission-sets.ts';
import { InputError } from '#lib/errors.ts';
import type { Complain, KeyPath } from './located.ts';
import type { StatementInput } from './schema.ts';
import { documentOf, isSound, parsed } from './statements.ts';

/** What a set lists; undefined stands for an item that has been complained about. */
export type SetItems = readonly (string | StatementInput | undefined)[];

/** Words of `expect` that no set may be called. */
export const reservedWords = ['any', 'built-in'];

/** `AmazonRekognitionReadOnlyAccess v10`, `readonly-example`. */
export function labelOf({ name, versionId }: PolicySource): string {
  return versionId === undefined ? name : `${name} ${versionId}`;
}

/** The address of a set; of `@v10` alone that version of another one. */
export const otherVersion = (of: string, address: string): string =>
  address.startsWith('@') ? `${of.split('@')[0]}${address}` : address;

const knownCatalogPolicies = new Map<string, readonly PolicySource[]>();

/**
 * A set of the catalogue as policies; managed policies keep their ARN and version. The same objects each time.
 * @throws InputError when the catalogue has no such set or version
 */
export function catalogPolicies(address: string): readonly PolicySource[] {
  const known = knownCatalogPolicies.get(address);
  if (known !== undefined) return known;
  const { name, arn, versionId, documents } = permissionSet(address);
  const policies = documents.map(
    (text): PolicySource => ({
      name: versionId === undefined ? name : nameInAddress(name),
      type: arn === undefined ? 'set' : 'aws-managed',
      ...(arn === undefined ? {} : { arn }),
      ...(versionId === undefined ? {} : { versionId }),
      text,
    }),
  );
  knownCatalogPolicies.set(address, policies);
  return policies;
}

/** The file's own sets, and the names they are addressed by. */
export class OwnSets {
  readonly #inputs: ReadonlyMap<string, SetItems>;
  readonly #complain: Complain;
  readonly #resolved = new Map<string, readonly PolicySource[]>();
  readonly #used = new Set<string>();

  constructor(inputs: ReadonlyMap<string, SetItems>, complain: Complain) {
    this.#inputs = inputs;
    this.#complain = complain;
  }

  /** Reads every set, so that mistakes are found in those that nobody uses, too. */
  readAll(): void {
    for (const name of this.#inputs.keys()) {
      const path = ['sets', name];
      if (reservedWords.includes(name))
        this.#complain(`"${name}" has a meaning of its own: choose another name`, path);
      else if (permissionSetNames().map(nameInAddress).includes(name)) {
        this.#complain(`"${name}" is a set of the catalogue: choose another name`, path);
      }
      this.#resolve(name, []);
    }
  }

  /** What a name stands for; an unknown name is complained about and stands for nothing. */
  policiesOf(reference: string, path: KeyPath): readonly PolicySource[] {
    this.#used.add(reference);
    return this.#reference(reference, path, []);
  }

  /** Every set as policies, its references resolved. */
  all(): ReadonlyMap<string, readonly PolicySource[]> {
    return this.#resolved;
  }

  has(name: string): boolean {
    return this.#inputs.has(name);
  }

  /** Own sets that were never asked for. */
  unused(): string[] {
    return [...this.#inputs.keys()].filter((name) => !this.#used.has(name));
  }

  #reference(reference: string, path: KeyPath, within: readonly string[]): readonly PolicySource[] {
    if (this.#inputs.has(reference)) {
      if (within.includes(reference)) {
        this.#complain(`sets contain each other: ${[...within, reference].join(' → ')}`, path);
        return [];
      }
      return this.#resolve(reference, within);
    }
    try {
      const policies = catalogPolicies(reference);
      const { warning } = permissionSet(reference);
      if (warning !== undefined) this.#complain(warning, path, 'warning');
      return policies;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#complain(this.#unknown(reference, error), path);
      return [];
    }
  }

  #resolve(name: string, within: readonly string[]): readonly PolicySource[] {
    const known = this.#resolved.get(name);
    if (known !== undefined) return known;
    const policies = this.#read(name, this.#inputs.get(name) ?? [], [...within, name]);
    this.#resolved.set(name, policies);
    return policies;
  }

  #read(name: string, items: SetItems, within: readonly string[]): readonly PolicySource[] {
    const statements: StatementInput[] = [];
    const policies: PolicySource[] = [];
    items.forEach((item, index) => {
      const path = ['sets', name, index];
      if (item === undefined) return;
      if (typeof item === 'string') {
        this.#used.add(item);
        policies.push(...this.#reference(item, path, within));
      } else if (isSound(item, path, this.#complain)) statements.push(item);
    });
    if (statements.length > 0 && parsed(statements, ['sets', name], this.#complain) !== undefined) {
      policies.push({ name, type: 'set', text: documentOf(statements) });
    }
    return policies;
  }

  #unknown(reference: string, error: InputError): string {
    const name = nameInAddress(reference);
    if (permissionSetNames().map(nameInAddress).includes(name)) return error.message;
    if (this.#inputs.has(name)) return `the set "${name}" has no versions: write "${name}"`;
    if (reservedWords.includes(reference)) return `"${reference}" cannot be part of a set`;
    if (/^(nothing|none|null)$/i.test(reference)) return `unknown set "${reference}": for nothing, write []`;
    if (/[,;]/.test(reference)) {
      const names = reference.split(/[,;]/).map((one) => one.trim());
      return `unknown set "${reference}": write several as a list, [${names.filter(Boolean).join(', ')}]`;
    }
    const candidates = [...this.#inputs.keys(), ...permissionSetNames(), ...reservedWords];
    if (nearest(name, candidates) !== undefined) {
      return `unknown set "${reference}"${didYouMean(name, candidates)}`;
    }
    return (
      `unknown set "${reference}": no AWS managed policy of that name allows anything in Rekognition. Write what it ` +
      'should amount to as statements under "sets", or "expect: any" to leave the principal unjudged'
    );
  }
}
