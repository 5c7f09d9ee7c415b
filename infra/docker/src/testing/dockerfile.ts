import { Copy, DockerfileParser, Env, From } from 'dockerfile-ast';
import { read } from './files.ts';

/** One instruction. */
export interface Step {
  keyword: string;
  /** What follows keyword and flags, with continued lines joined. */
  text: string;
  /** `COPY --from` */
  from?: string;
  /** `ENV` */
  variables?: Record<string, string>;
}

/** What one FROM begins. */
export interface Stage {
  name: string;
  /** An image of a registry or an earlier stage. */
  base: string;
  steps: Step[];
}

export const dockerfile = read('infra/docker/Dockerfile');

/** The stages in their order. */
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

/** The steps that make the image of a target: those of the stages it is based on, then its own. */
export function stepsOf(target: string): Step[] {
  const stage = stages.find(({ name }) => name === target);
  return stage ? [...stepsOf(stage.base), ...stage.steps] : [];
}

/** The last step of a kind, which is the one that counts; undefined if there is none. */
export const lastOf = (steps: Step[], keyword: string) =>
  steps.filter((step) => step.keyword === keyword).at(-1);

/** The words of `["node", "main.js"]`; it throws at the form that needs a shell. */
export function execForm(step: Step | undefined): string[] {
  if (!step) throw new Error('there is no such instruction');
  return JSON.parse(step.text.replace(/^CMD\s/, ''));
}
