import { Command } from 'commander';
import { needsOf, operationNamed } from '#lib/catalog/operation-needs.ts';
import { InputError } from '#lib/errors.ts';

/** `needs OPERATION…`: the least policy for calling operations of Rekognition. */
export const needsCommand = (): Command =>
  new Command('needs')
    .description('prints the least policy for calling operations of Rekognition, other services included')
    .argument('<operation...>', 'DetectFaces, DetectFacesCommand, detect-faces, or rekognition:DetectFaces')
    .option('--passed-role', 'print the permissions and the trust policy of the role that is passed instead')
    .addHelpText(
      'after',
      `
The policy is JSON on standard output, to be pasted; when each permission is needed stands beside it, on standard
error. Put your own account, buckets, keys and roles in the place of 123456789012, amzn-s3-demo-bucket and rekognition-*,
and leave out what your calls do not need.

Examples:
  rekognition-permission-check needs DetectFaces
  rekognition-permission-check needs index-faces search-faces-by-image
  rekognition-permission-check needs CreateStreamProcessor --passed-role

Exit codes: 0 printed, 3 usage or input error`,
    )
    .action((names: string[], { passedRole = false }: { passedRole?: boolean }) => {
      const operations = names.map(operationNamed);
      const needs = needsOf(operations);
      if (passedRole && needs.passedRole === undefined) {
        throw new InputError(`no role is passed to ${operations.map(({ name }) => name).join(', ')}`);
      }
      const shown = passedRole ? needs.passedRole : needs.caller;
      process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
      for (const { action, when } of needs.when) process.stderr.write(`${action}: ${when}\n`);
      if (needs.passedRole !== undefined && !passedRole) {
        process.stderr.write(
          'the role that is passed must trust rekognition.amazonaws.com: see --passed-role for its policies\n',
        );
      }
    });
