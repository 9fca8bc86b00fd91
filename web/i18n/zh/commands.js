// commands.js - commands, their answers, the palette, in Chinese.
/** @type {Record<string, string>} */
export default {
  'collect.button': '回收',
  'collect.menu': '立即回收',
  'collect.0': '第 0 代',
  'collect.0_hint': '只看最年轻的对象',
  'collect.1': '第 1 代',
  'collect.1_hint': '第 1 代及更年轻的',
  'collect.2': '第 2 代',
  'collect.2_hint': '整个堆',
  'collect.pending': '第 {generation} 代：等待安全点……',
  'collect.answer_gen': '第 {generation} 代',
  'collect.answer_freed': '释放 {n}',
  'collect.region': '最近一次答复',

  'copy.copy': '复制',
  'copy.done': '已复制',
  'copy.failed': '浏览器不允许复制：请选中文本后手动复制。',
  'drawer.close': '关闭面板',
  'ask.cancel': '取消',
};
