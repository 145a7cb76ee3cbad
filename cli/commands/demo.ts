import { Command } from 'commander';

/** `demo`: the Lambda functions' own code on an embedded AWS. Its findings are expected, so it ends with 0. */
export const demoCommand = (): Command =>
  new Command('demo')
    .description(
      'runs the whole stack on an embedded AWS: a check with every kind of finding that policies can show against expectations, a change and its e-mail, a live call that contradicts IAM',
    )
    .addHelpText('after', '\nNeeds no account, no credentials and no network. Takes about fifteen seconds.')
    .action(async () => {
      // The embedded AWS is read by those who ask for it only.
      const { demonstrate } = await import('#cli/demo/demonstrate.ts');
      await demonstrate();
    });
