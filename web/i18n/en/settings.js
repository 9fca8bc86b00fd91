// settings.js - settings and about, in English.
/** @type {Record<string, string>} */
export default {
  'settings.appearance': 'Appearance',
  'settings.theme': 'Theme',
  'settings.language': 'Language',
  'settings.daemon': 'Daemon',
  'settings.daemon_sub': 'what this page is connected to',
  'settings.server': 'server',
  'settings.version': 'version',
  'settings.protocol': 'protocol',
  'settings.instance': 'instance',
  'settings.role': 'your role',

  'role.operator': 'operator: may watch and command',
  'role.observer': 'observer: may watch',

  'settings.heaps': 'Heaps',
  'settings.kind': 'kind',
  'settings.runtime': 'runtime',
  'settings.collector': 'collector',
  'settings.started': 'started',
  'settings.workload': 'workload',
  'settings.keys': 'Keyboard',
  'settings.key_space': 'pause and resume the drawing',
  'settings.key_views': 'change the view',
  'settings.key_esc': 'close a menu',
  'settings.about': 'About',
  'settings.about_text': 'Ouro watches garbage collectors at work. This page is static, works offline and asks nothing of any other origin.',
  'settings.licences': 'It stands on these libraries, each under its own licence:',
};
