import { Command } from 'commander';
import { ownSets } from '#cli/expectations-file.ts';
import { nearest } from '#lib/catalog/did-you-mean.ts';
import { permissionSet, permissionSetNames } from '#lib/catalog/permission-sets.ts';
import type { PermissionSet } from '#lib/catalog/types.ts';
import { InputError } from '#lib/errors.ts';
import { renderSet, renderSetList } from '#lib/report/set-text.ts';

/** `sets [name…]`: what a named permission set stands for. */
export const setsCommand = (): Command =>
  new Command('sets')
    .description('shows the permission sets that can be named in expectations.yaml, or one of them expanded')
    .argument('[name...]', 'a set, with a version where it has one: AmazonRekognitionReadOnlyAccess@v4')
    .option(
      '--expectations <file>',
      'with the sets of this file (default: expectations.yaml here, where there is one)',
    )
    .addHelpText(
      'after',
      `
A set expanded: how many of Rekognition's actions it grants, which of them are sensitive or billed, on which
resources and conditions, by access level; and what it grants of other services.

Examples:
  rekognition-permission-check sets
  rekognition-permission-check sets AmazonRekognitionReadOnlyAccess
  rekognition-permission-check sets view-own-permissions readonly-example
  rekognition-permission-check sets shop-search --expectations team/expectations.yaml

Exit codes: 0 shown, 3 usage or input error`,
    )
    .action((names: string[], { expectations }: { expectations?: string }) => {
      const own = ownSets(expectations);
      const text =
        names.length === 0
          ? renderSetList(permissionSetNames(), own)
          : names.map((name) => renderSet(setNamed(name, own))).join('\n');
      process.stdout.write(text);
    });

function setNamed(name: string, own: readonly PermissionSet[]): PermissionSet {
  const meant = own.find((set) => set.name === name);
  if (meant !== undefined) return meant;
  try {
    return permissionSet(name);
  } catch (error) {
    const known = permissionSetNames();
    if (!(error instanceof InputError) || known.includes(name.split('@')[0] ?? '')) throw error;
    const near = nearest(name, [...own.map((set) => set.name), ...known]);
    if (near === undefined || known.includes(near)) throw error;
    throw new InputError(`no permission set is called "${name}"; did you mean "${near}"?`);
  }
}
