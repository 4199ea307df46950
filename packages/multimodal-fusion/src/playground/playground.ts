/** A model to play with in a notebook. */
import { escapeHtml, type widgets as types, widgets } from '@quire/visualization';
import { decodePicture } from '../pictures/decode.ts';
import { decodeSound } from '../sound/decode.ts';
import { filesOutput } from './files.ts';
import type { Modality, PlaygroundInput, PlaygroundModel, PlaygroundOutput } from './model.ts';
import { drawState, type PlaygroundState, sentence } from './picture-of-state.ts';

/** What the playground shows itself with: what cells find as `quire`. */
export interface PlaygroundHost extends types.WidgetHost {
  display(
    value: unknown,
    options?: { raw?: boolean },
  ): { update(value: unknown, options?: { raw?: boolean }): Promise<void> };
}

export interface PlaygroundOptions {
  /** Milliseconds without a change before the model is asked. Default: 150. */
  pause?: number;
  /** The text at first. Default: none. */
  text?: string;
  /** Weights at first, from 0 to 1. Default: 1 each. */
  weights?: Readonly<Partial<Record<Modality, number>>>;
  /** Default: the notebook. */
  host?: PlaygroundHost;
}

/** Of files, in bytes. */
const LARGEST = 16 * 2 ** 20;

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Controls for what a model takes, on which files may be dropped too, and below them a picture of what it answers, which
 * follows each change. The picture
 * stays in the saved notebook. Resolves when the first state is shown: `await playground(model)` in a cell.
 *
 * An error of a file or of the model is shown below the controls, and the next change is answered as ever.
 *
 * @throws {RangeError} where the model has no modality, one twice, or one that isn't text, picture or sound, or where a
 *   weight isn't from 0 to 1
 * @throws {Error} outside of a notebook, where no `host` is given
 */
export async function playground(model: PlaygroundModel, options: PlaygroundOptions = {}): Promise<void> {
  await new Playground(model, options).settled();
}

/** What `playground` shows, to be read and closed by code. Its outputs are shown when it is made. */
export class Playground {
  readonly #model: PlaygroundModel;
  readonly #widgets: types.Widget[] = [];
  readonly #options: types.WidgetOptions;
  readonly #status: types.Widget;
  readonly #shown: ReturnType<PlaygroundHost['display']>;
  readonly #changed: types.Latest;
  readonly #problems = new Map<string, string>();
  #text: string;
  #picture: { name: string; value: NonNullable<PlaygroundInput['picture']> } | undefined;
  #sound: { name: string; value: NonNullable<PlaygroundInput['sound']> } | undefined;
  readonly #weights: Partial<Record<Modality, number>> = {};
  #output: PlaygroundOutput | undefined;
  /** Of files that were chosen; the one whose picture is shown. */
  #turns = 0;
  #pictureTurn = 0;
  /** The slider that was moved since the last answer, which says what it did. */
  #moved: Modality | undefined;

  /** As of `playground`. */
  constructor(
    model: PlaygroundModel,
    { pause = 150, text = '', weights = {}, host }: PlaygroundOptions = {},
  ) {
    checkModalities(model.modalities);
    const found = host ?? (globalThis as { quire?: PlaygroundHost }).quire;
    if (!found) throw new Error('playground: no notebook is there to show it in. Call it in a cell.');
    this.#model = model;
    this.#text = text;
    this.#changed = widgets.latest(
      () => this.#answer(),
      pause,
      (error) => this.#problem('model', error),
    );
    this.#options = { host: found, failed: (error) => this.#problem('playground', error) };
    for (const modality of model.modalities) {
      const weight = weights[modality] ?? 1;
      if (!(weight >= 0 && weight <= 1)) {
        throw new RangeError(`playground: the weight of ${modality} is ${weight}, and not from 0 to 1.`);
      }
      this.#weights[modality] = weight;
    }
    const controls = model.modalities.map((modality) => this.#entry(modality));
    const sliders = model.modalities.length > 1 ? model.modalities.map((name) => this.#slider(name)) : [];
    this.#status = widgets.htmlWidget(this.#options);
    const all = widgets.box('vertical', [...controls, ...sliders, this.#status], this.#options);
    this.#widgets.push(all, ...controls, ...sliders, this.#status);
    found.display(all);
    const files = model.modalities.filter((modality) => modality !== 'text');
    if (files.length > 0) found.display(filesOutput(files), { raw: true });
    // An output whose place is taken at once, whenever the model answers.
    this.#shown = found.display({ 'text/plain': 'Playground' }, { raw: true });
    this.#changed();
  }

  /** What is entered and answered last. */
  get state(): PlaygroundState {
    return {
      input: {
        ...(this.#text.trim() !== '' && { text: this.#text }),
        ...(this.#picture && { picture: this.#picture.value }),
        ...(this.#sound && { sound: this.#sound.value }),
        weights: { ...this.#weights },
      },
      names: {
        ...(this.#picture && { picture: this.#picture.name }),
        ...(this.#sound && { sound: this.#sound.name }),
      },
      output: this.#output,
    };
  }

  /** Resolves when every change so far is answered and shown. */
  settled(): Promise<void> {
    return this.#changed.settled();
  }

  /** Removes the controls; the picture stays. */
  close(): void {
    this.#changed.stop();
    for (const widget of this.#widgets) widget.close();
  }

  #entry(modality: Modality): types.Widget {
    if (modality === 'text') {
      const field = widgets.textField({
        ...this.#options,
        value: this.#text,
        description: 'Text',
        placeholder: 'Type a text',
        layout: { width: '690px' },
      });
      field.observe('value', (value) => {
        this.#text = String(value);
        this.#changed();
      });
      return field;
    }
    const upload = widgets.fileUpload({
      ...this.#options,
      accept: modality === 'picture' ? 'image/*' : '.wav,audio/wav',
      description: modality === 'picture' ? 'Choose a picture' : 'Choose a sound (WAV)',
      layout: { width: '240px' },
    });
    upload.observe('value', (value) => this.#take(modality, (value as types.UploadedFile[])[0]));
    return upload;
  }

  async #take(modality: 'picture' | 'sound', file: types.UploadedFile | undefined): Promise<void> {
    const turn = ++this.#turns;
    try {
      if (file && file.size > LARGEST) {
        throw new RangeError(
          `${file.name}: has ${file.size} bytes, more than the ${LARGEST} that it may have.`,
        );
      }
      const { name } = file ?? { name: '' };
      if (modality === 'picture') {
        const value = file && (await decodePicture(file.content, { name, channels: 3 }));
        // Another one was chosen meanwhile, and may be decoded already.
        if (turn < this.#pictureTurn) return;
        this.#pictureTurn = turn;
        this.#picture = value && { name, value };
      } else {
        const value = file && decodeSound(file.content, { name });
        this.#sound = value && { name, value };
      }
      this.#problems.delete(modality);
      this.#changed();
    } catch (error) {
      this.#problem(modality, error);
    }
  }

  #slider(modality: Modality): types.Widget {
    const weight = widgets.slider({
      ...this.#options,
      description: `Weight of ${modality}`,
      descriptionWidth: '120px',
      value: this.#weights[modality]!,
      min: 0,
      max: 1,
      step: 0.05,
      layout: { width: '460px' },
    });
    weight.observe('value', (value) => {
      this.#weights[modality] = Number(value);
      this.#moved = modality;
      this.#changed();
    });
    return weight;
  }

  async #answer(): Promise<void> {
    const { input } = this.state;
    const empty = input.text === undefined && !input.picture && !input.sound;
    this.#output = empty ? undefined : await this.#model.predict(input);
    this.#problems.delete('model');
    // Of what was asked, though more may have changed meanwhile.
    await this.#shown.update(await drawState({ ...this.state, input, output: this.#output }));
    this.#say();
    this.#moved = undefined;
  }

  #problem(of: string, error: unknown): void {
    this.#problems.set(of, said(error));
    this.#say();
  }

  #say(): void {
    // The view makes its content anew: what comes in as an alert is said, and politely doesn't cut off what is typed.
    const problems = [...this.#problems].map(
      ([of, message]) => `<strong>Error (${escapeHtml(of)}):</strong> ${escapeHtml(message)}`,
    );
    const weight = this.#moved && `Weight of ${this.#moved}: ${this.#weights[this.#moved]!.toFixed(2)}. `;
    const text =
      problems.length > 0 ? problems.join('<br>') : escapeHtml(`${weight ?? ''}${sentence(this.state)}`);
    this.#status.set({ value: `<div role="alert" aria-live="polite" aria-atomic="true">${text}</div>` });
  }
}

function checkModalities(modalities: readonly string[]): void {
  const known = ['text', 'picture', 'sound'];
  const wrong = modalities.find((name, i) => !known.includes(name) || modalities.indexOf(name) !== i);
  if (modalities.length === 0 || wrong !== undefined) {
    throw new RangeError(
      `playground: the model's modalities have to be some of ${known.join(', ')}, each once: they are [${modalities.join(', ')}].`,
    );
  }
}
