// collections.js - collections, their reasons and phases, in Chinese.
/** @type {Record<string, string>} */
export default {
  'table.time': '时间',
  'table.gen': '代',
  'table.reason': '原因',
  'table.pause': '停顿',
  'table.examined': '检查',
  'table.collected': '回收',
  'table.freed': '释放',
  'table.phases': '阶段',
  'table.types': '释放最多',
  'table.none': '还没有发生回收。下一次会自动出现在这里。',
  'table.none_then': '这段时间没有已知的回收。',
  'table.shown': '最新的 {n} 条',
  'table.shown_then': '所示时间内最新的 {n} 条',
  'table.not_reported': '这个堆没有报告该值',

  'reason.threshold': '阈值',
  'reason.explicit': '显式',
  'reason.remote': '远程',
  'reason.rule': '规则',
  'reason.memory': '内存',
  'reason.shutdown': '关闭',
  'reason.unknown': '未知',

  'phase.subtract': '减去内部引用',
  'phase.mark': '标记',
  'phase.unreachable': '找出不可达',
  'phase.promote': '晋升',
  'phase.finalize': '终结',
  'phase.clear': '清除引用',
  'phase.free': '释放',
};
