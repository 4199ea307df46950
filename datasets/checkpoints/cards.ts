/** Model cards, with the numbers of a training. */
import type { CheckpointMetrics } from './run.ts';

const n = (value: number | undefined, digits = 2): string =>
  (value ?? Number.NaN).toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** How it was trained, and how it is loaded and made again. */
function common(
  name: string,
  metrics: CheckpointMetrics,
  python: string,
  { decay = 'cosine', threads = 'one thread' } = {},
): string {
  return `**Training.** ${n(metrics.parameters, 0)} parameters, ${metrics.madeSteps} updates of AdamW${metrics.madeSteps < metrics.steps ? ` (of a schedule of ${metrics.steps})` : ''} in batches of ${metrics.batchSize}, learning rate up to ${metrics.learningRate} with warm-up and ${decay} decay, gradients clipped to a norm of 1; the parameters of the best validation are kept, as float16. It took ${n(metrics.seconds / 60, 0)} minutes on ${threads} of a processor that others used too.

**Load.** The files are compared with \`SHA256SUMS\` first.

\`\`\`ts
import { checkpointFolder } from '@quire/datasets';
import { loadPretrained } from '@quire/model';

const model = await loadPretrained(await checkpointFolder('${name}'));
\`\`\`

${python} [How that was checked](../README.md).

**Make again.** \`npx --yes pnpm@10.34.9 run build && node --conditions=built datasets/checkpoints/dist/train.js ${name}${metrics.madeSteps < metrics.steps ? ` --until ${metrics.madeSteps}` : ''}\`. Seeds are fixed; a run that was interrupted goes on from \`build/checkpoints/${name}\`. On another processor sums may be rounded otherwise, so weights needn't be the same to the last bit. All numbers of this card are in \`metrics.json\`.`;
}

export function gptCard(metrics: CheckpointMetrics): string {
  const rows = (['validation', 'test'] as const).flatMap((split) => {
    const found = metrics[split];
    return [
      [split, 'this model', n(found.loss, 3), n(found.perplexity, 1), n(found.bitsPerByte, 3)],
      [
        split,
        'unigrams',
        n(found.unigramLoss, 3),
        n(found.unigramPerplexity, 1),
        n(found.unigramBitsPerByte, 3),
      ],
    ];
  });
  return `# gpt-king-james

A GPT-2 of 5 layers, 160 wide, context 128, with a byte-level BPE of 2,048 tokens: a small language model of English prose for notebooks on generation and transfer.

**Data.** \`train.txt\` of [\`datasets/king-james\`](../../king-james/README.md): eight books of the King James Bible, chapters with a verse a line, \`<|endoftext|>\` after each, in rows of 128 tokens of which each begins 32 tokens after the one before, with a dropout of 0.1. The tokenizer is learned from the same text.

**Licence.** The text is in the public domain; the weights are under this repository's licence, Apache-2.0.

${common('gpt-king-james', metrics, `In Python: \`GPT2LMHeadModel.from_pretrained(folder)\` and \`PreTrainedTokenizerFast.from_pretrained(folder)\`.`)}

**Results** on chapters that weren't trained on, in rows of 128 tokens: cross-entropy in nats a token, its perplexity, and bits a byte. Unigrams are the frequencies of tokens in the training text.

${table(['split', 'model', 'loss', 'perplexity', 'bits per byte'], rows)}

**Limits.** It writes phrases of the King James Bible, not sense: it has read 1 MB of one book in the English of 1611, and repeats what that says of people. Test chapters are of the same books as the training. It knows nothing of modern words, which it spells in bytes, and sees 128 tokens at most. Some verses of the test are in the training text word for word (see the data's card).
`;
}

export function bertCard(metrics: CheckpointMetrics, languages: readonly string[]): string {
  const rows = (['validation', 'test'] as const).flatMap((split) => {
    const found = metrics[split];
    return [
      [split, 'this model', n(found.loss, 3), n(found.accuracy, 3)],
      [
        split,
        "frequencies in the row's language",
        n(found.languageUnigramLoss, 3),
        n(found.mostFrequentAccuracy, 3),
      ],
      [split, 'frequencies in all languages', n(found.unigramLoss, 3), ''],
    ];
  });
  const byLanguage = languages.map((code) => [
    code,
    n(metrics.test[`loss.${code}`]),
    n(metrics.test[`languageUnigramLoss.${code}`]),
    n(metrics.test[`accuracy.${code}`], 3),
    n(metrics.test[`mostFrequentAccuracy.${code}`], 3),
  ]);
  return `# bert-udhr

A multilingual BERT of 4 layers, 160 wide, context 64, with a byte-level BPE of 4,096 tokens for all languages, trained to fill masks: for notebooks on transfer between languages, masked language modelling and fine-tuning.

**Data.** [\`datasets/udhr\`](../../udhr/README.md): the Universal Declaration of Human Rights in 129 languages, the articles of the split \`train\`, with \`[SEP]\` between, in rows of 64 tokens of which each overlaps the one before by half. The tokenizer is learned from the same text. Three tenths of the tokens are predicted, of which 80 % are masked, 10 % random and 10 % left, drawn anew at each step.

**Licence.** The text is in the public domain; the weights are under this repository's licence, Apache-2.0.

**Start.** Not from random numbers alone, which take thousands of updates to learn what can be counted: embeddings are the factorized mutual information of tokens that are near each other, the bias of the output is their frequency, and four heads of the first layer look at the tokens up to two places before and after.

${common('bert-udhr', metrics, `In Python: \`BertForMaskedLM.from_pretrained(folder)\` and \`PreTrainedTokenizerFast.from_pretrained(folder)\`.`, { decay: 'linear', threads: 'two threads' })}

**Results** on articles that are in no language's training text, in rows of 64 tokens of which eight are masked: cross-entropy in nats and how often the most probable token is the hidden one.

${table(['split', 'model', 'loss', 'accuracy'], rows)}

The test by language, beside the language's frequencies and its most frequent token (some 50 hidden tokens each: differences of less than 0.1 in accuracy say nothing):

${table(['language', 'loss', 'of frequencies', 'accuracy', 'of the most frequent'], byLanguage)}

**Limits.** ${shortfall(metrics)}It has read one document of 30 articles: the words of human rights, not of daily life, and some 10,000 characters of each language. A token of a script that few languages share is often less than a character, so that a mask is then a part of a character rather than a word, and easier to guess; accuracies of different languages aren't to be compared. It was not trained on whether sentences follow one another and has no pooler. Articles of the test are other articles of the same document, which share many phrases with the training.
`;
}

/** What it lacks, where the frequencies of a language that one knows are better. */
function shortfall({ test }: CheckpointMetrics): string {
  if ((test.loss as number) < (test.languageUnigramLoss as number)) return '';
  return "It is trained too briefly to know words: it is better than frequencies in all languages together, but worse than the frequencies of the row's own language, which it isn't told. What it has learned is mostly which scripts and languages a row may be in. Train it longer where masks have to be filled well. ";
}

export function vitCard(metrics: CheckpointMetrics): string {
  const rows = (['validation', 'test'] as const).flatMap((split) => {
    const found = metrics[split];
    return [
      [split, 'this model', n(found.loss, 3), n(found.accuracy, 3)],
      [split, 'the most frequent group', '', n(found.majorityAccuracy, 3)],
    ];
  });
  return `# vit-emoji

A ViT of 4 layers, 64 wide, for pictures of 64 by 64 pixels in patches of 8, that says which of ten groups an emoji is of: a small picture encoder for notebooks on transfer and on fusing pictures with words (\`head: 'none'\` with \`unexpected: 'drop'\` and \`missing: 'initialize'\` gives it without its classes).

**Data.** [\`datasets/emoji\`](../../emoji/README.md): pictures on white, red, green and blue from -1 to 1, moved by up to 6 pixels and mirrored at random while training; labels are Unicode's groups, smoothed by 0.1. In Unicode's order every tenth picture is for test, the one halfway for validation, the rest for training.

**Licence.** Pictures: Apache-2.0, © Google (Noto Emoji). The weights are under this repository's licence, Apache-2.0.

${common('vit-emoji', metrics, 'In Python: `ViTForImageClassification.from_pretrained(folder)`; `preprocessor_config.json` says how pixels are scaled, and transparent pictures have to be put on white first.')}

**Results** on pictures that weren't trained on: cross-entropy in nats and accuracy.

${table(['split', 'model', 'loss', 'accuracy'], rows)}

**Limits.** Neighbours in Unicode's order look alike (a profession as man, woman and person; the faces of a clock), so that near copies of many held-out pictures were trained on: accuracy on new kinds of pictures is lower. It knows the drawings of one company in one style, 1,529 of them, not photographs. Groups are of a menu, not of looks: a moon is a place, a heart a smiley. Five pictures are of the group \`component\`.
`;
}
