/** The controls that every Jupyter front end with widgets has: `@jupyter-widgets/controls` 2.0. */
import { Widget, type WidgetOptions } from './widget.ts';

const BASE = '@jupyter-widgets/base';
const CONTROLS = '@jupyter-widgets/controls';

function names(module: string, viewModule: string, model: string, view: string): Record<string, unknown> {
  return {
    _model_module: module,
    _model_module_version: '2.0.0',
    _model_name: model,
    _view_count: null,
    _view_module: viewModule,
    _view_module_version: '2.0.0',
    _view_name: view,
  };
}

/** Sizes and places, by CSS's names with `_` for `-`: `{ width: '400px' }`. */
export type Layout = Readonly<Record<string, string>>;

export interface ControlOptions extends WidgetOptions {
  description?: string;
  /** In CSS, so that controls below each other line up. Default: what the description needs. */
  descriptionWidth?: string;
  layout?: Layout;
}

function control(
  kind: string,
  style: string | undefined,
  state: Record<string, unknown>,
  { description = '', descriptionWidth = 'initial', layout = {}, ...options }: ControlOptions,
): Widget {
  return new Widget(
    {
      ...names(CONTROLS, CONTROLS, `${kind}Model`, `${kind}View`),
      _dom_classes: [],
      tabbable: null,
      tooltip: null,
      layout: new Widget({ ...names(BASE, BASE, 'LayoutModel', 'LayoutView'), ...layout }, options),
      ...(style && {
        description,
        description_allow_html: false,
        style: new Widget(
          {
            ...names(CONTROLS, BASE, `${style}StyleModel`, 'StyleView'),
            ...(style !== 'Button' && { description_width: descriptionWidth }),
          },
          options,
        ),
      }),
      ...state,
    },
    options,
  );
}

/** A field for a line or, with `lines`, several; `value` is its text, changed while one types. */
export function textField({
  value = '',
  placeholder = '',
  lines = 1,
  ...options
}: ControlOptions & {
  value?: string;
  placeholder?: string;
  lines?: number;
} = {}): Widget {
  const state = { value, placeholder, continuous_update: true, disabled: false };
  return lines === 1
    ? control('Text', 'Text', state, options)
    : control('Textarea', 'Text', { ...state, rows: lines }, options);
}

/** A slider; `value` is its number, changed while it moves. */
export function slider({
  value,
  min,
  max,
  step,
  ...options
}: ControlOptions & {
  value: number;
  min: number;
  max: number;
  step: number;
}): Widget {
  const state = { value, min, max, step, continuous_update: true, disabled: false, behavior: 'drag-tap' };
  return control(
    'FloatSlider',
    'Slider',
    { ...state, orientation: 'horizontal', readout: true, readout_format: '.2f' },
    options,
  );
}

/** A file that was chosen in the browser. */
export interface UploadedFile {
  name: string;
  /** MIME type. */
  type: string;
  size: number;
  content: Uint8Array;
}

/** A button that chooses a file; `value` is a list of `UploadedFile`. */
export function fileUpload({ accept = '', ...options }: ControlOptions & { accept?: string } = {}): Widget {
  const state = { accept, multiple: false, value: [], error: '', icon: 'upload', button_style: '' };
  return control('FileUpload', 'Button', { ...state, disabled: false }, options);
}

/** HTML, which isn't sanitized: escape what comes from elsewhere. */
export function htmlWidget({ value = '', ...options }: ControlOptions & { value?: string } = {}): Widget {
  return control('HTML', 'HTML', { value, placeholder: '' }, options);
}

/** A picture; `value` is its bytes, of the format named. */
export function pictureWidget({
  value,
  format = 'png',
  ...options
}: ControlOptions & { value: Uint8Array; format?: string }): Widget {
  return control('Image', undefined, { value, format, width: '', height: '' }, options);
}

/** Widgets beside each other, or below. */
export function box(
  direction: 'horizontal' | 'vertical',
  children: readonly Widget[],
  options: ControlOptions = {},
): Widget {
  return control(direction === 'vertical' ? 'VBox' : 'HBox', undefined, { children, box_style: '' }, options);
}
