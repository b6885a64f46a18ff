import { expect, test } from 'bun:test'
import { TemplateError, Templates } from './helm-subset.ts'

const ROOT = {
  Values: { name: 'a', list: [1, 2], map: { y: 'b: c', x: '2' }, none: '', deep: { a: { b: [{ c: 1 }] } } },
}
const templates = new Templates(['{{- define "labels" -}}\nname: {{ .Values.name }}\n{{- end -}}'])

test.each([
  ['{{ .Values.name }}', 'a'],
  ['{{ .Values.name | quote }}', '"a"'],
  ['{{ .Values.none | default "x" }}', 'x'],
  ['a:\n  {{- include "labels" . | nindent 2 }}\n', 'a:\n  name: a\n'],
  ['{{- if .Values.none }}1{{ else }}2{{ end }}', '2'],
  ['{{- with .Values.list }}{{ toJson . }}{{ end }}', '[1,2]'],
  ['{{- range .Values.list }}{{ . }},{{ end }}', '1,2,'],
  ['{{- range $k, $v := .Values.map }}{{ $k }}={{ $v | quote }} {{ $.Values.name }};{{ end }}', 'x="2" a;y="b: c" a;'],
  ['x:\n  {{- toYaml .Values.deep | nindent 2 }}', 'x:\n  a:\n    b:\n      - c: 1'],
  ['{{/* nothing */}}a', 'a'],
])('%p', (text, made) => {
  expect(templates.render(text, ROOT)).toBe(made)
})

test.each([
  '{{ tpl .Values.name . }}',
  '{{ if .Values.name }}',
  '{{ end }}',
  '{{ required "it is needed" .Values.none }}',
  '{{ .Values.map }}',
  '{{ include "nowhere" . }}',
  '{{ $unknown }}',
])('%p is refused', text => {
  expect(() => templates.render(text, ROOT)).toThrow(TemplateError)
})
