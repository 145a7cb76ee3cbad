import { Command } from 'commander';
import { permissionSet, permissionSetNames } from '#lib/catalog/permission-sets.ts';
import { renderSet, renderSetList } from '#lib/report/set-text.ts';

/** `sets [name…]`: what a named permission set stands for. */
export const setsCommand = (): Command =>
  new Command('sets')
    .description('shows the permission sets that can be named in expectations.yaml, or one of them expanded')
    .argument('[name...]', 'a set, with a version where it has one: AmazonRekognitionReadOnlyAccess@v4')
    .addHelpText(
      'after',
      `
Examples:
  rekognition-permission-check sets
  rekognition-permission-check sets AmazonRekognitionReadOnlyAccess
  rekognition-permission-check sets AmazonRekognitionReadOnlyAccess@v4 readonly-example`,
    )
    .action((names: string[]) => {
      const text =
        names.length === 0
          ? renderSetList(permissionSetNames())
          : names.map((name) => renderSet(permissionSet(name))).join('\n');
      process.stdout.write(text);
    });
