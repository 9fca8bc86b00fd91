// timeline.js - the strip over every view, and times, in Chinese.
/** @type {Record<string, string>} */
export default {
  'time.strip': '时间轴',
  'time.slider': '可见范围；方向键移动，Shift 加方向键改变宽度，End 回到实时',
  'time.window': '正在查看 {from} – {to}（{width}）',
  'time.live': '实时，位于最新一端',
  'time.hint': '拖动窗口可查看过去。',
  'time.back': '回到实时',
  'time.whole_end': '到末尾',
  'time.span': '时间轴显示的范围',
  'time.all': '全部',

  'past.loading': '正在读取历史……',
  'past.none': '这段时间没有任何记录。',
  'past.off': '该守护进程不保存历史：这里只有本页面亲眼所见。',
};
