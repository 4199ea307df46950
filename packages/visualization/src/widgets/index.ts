export {
  box,
  type ControlOptions,
  fileUpload,
  htmlWidget,
  type Layout,
  pictureWidget,
  slider,
  textField,
  type UploadedFile,
} from './controls.ts';
export { type Latest, latest } from './latest.ts';
export {
  type Observer,
  Widget,
  type WidgetComm,
  type WidgetHost,
  type WidgetMessage,
  type WidgetOptions,
} from './widget.ts';
