import { Copy, DockerfileParser, Env, From } from 'dockerfile-ast';
import { readText } from './compose-file.ts';

export interface Step {
  keyword: string;
  /** The arguments without flags, with continued lines joined. */
  text: string;
  from?: string;
  variables?: Record<string, string>;
}

export interface Stage {
  name: string;
  base: string;
  steps: Step[];
}

export const dockerfile = readText('infra/docker/Dockerfile');

export const stages: Stage[] = [];
for (const instruction of DockerfileParser.parse(dockerfile).getInstructions()) {
  if (instruction instanceof From) {
    stages.push({
      name: instruction.getBuildStage() ?? '',
      base: instruction.getImage() ?? '',
      steps: [],
    });
    continue;
  }
  const step: Step = { keyword: instruction.getKeyword(), text: instruction.getArgumentsContent() ?? '' };
  if (instruction instanceof Copy) step.from = instruction.getFromFlag()?.getValue() ?? undefined;
  if (instruction instanceof Env)
    step.variables = Object.fromEntries(
      instruction.getProperties().map((property) => [property.getName(), property.getValue() ?? '']),
    );
  stages.at(-1)?.steps.push(step);
}

/** The steps of a target's image: those of its base stages, then its own. */
export function stepsOf(target: string): Step[] {
  const stage = stages.find(({ name }) => name === target);
  return stage ? [...stepsOf(stage.base), ...stage.steps] : [];
}

/** The last step with this keyword, which overrides earlier ones. */
export const lastOf = (steps: Step[], keyword: string) =>
  steps.filter((step) => step.keyword === keyword).at(-1);

/** The words of `["node", "main.js"]`; throws for the shell form. */
export function execForm(step: Step | undefined): string[] {
  if (!step) throw new Error('there is no such instruction');
  return JSON.parse(step.text.replace(/^CMD\s/, ''));
}
