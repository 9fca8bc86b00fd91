// frame.js - the page around the views: bar, states, notices, errors, in Chinese.
/** @type {Record<string, string>} */
export default {
  'app.skip': '跳到正文',
  'app.views': '视图',

  'view.overview': '总览',
  'view.collections': '回收记录',
  'view.pools': '内存池',
  'view.objects': '对象',
  'view.types': '类型',
  'view.heaps': '堆',
  'view.playground': '实验场',
  'view.settings': '设置',

  'bar.heap': '堆',
  'bar.no_heap': '没有堆',
  'bar.range': '时间范围',
  'bar.last': '最近 {span}',
  'bar.pause': '暂停',
  'bar.resume': '继续',
  'bar.pause_hint': '停止绘制，数据照常到达（空格键）',
  'bar.language': '语言：切换到 English',
  'bar.theme': '主题：{theme}',
  'bar.observer': '你以观察者身份查看：执行命令需要操作员的地址。',
  'bar.observer_short': '观察者',
  'bar.read_only': '此守护进程为只读：不接受任何人的命令。',
  'bar.read_only_short': '只读',

  'theme.system': '跟随系统',
  'theme.light': '浅色',
  'theme.dark': '深色',

  'state.connecting': '正在连接',
  'state.live': '实时 {hertz} Hz',
  'state.paused': '已暂停',
  'state.playing': '正在查看录制文件',
  'state.stale': '数据已旧 {seconds} 秒',
  'state.waiting': '连接中断，{seconds} 秒后重试',
  'state.refused': '未登录',

  'said.connecting': '正在连接',
  'said.live': '实时',
  'said.paused': '已暂停',
  'said.playing': '正在查看录制文件',
  'said.stale': '数据已旧：没有新数据',
  'said.waiting': '连接中断',
  'said.refused': '未登录',

  'state.retry_now': '立即重试',

  'error.cooling_down': '太快了：{ms} 毫秒后才能再次回收这个堆。',
  'error.busy': '这个堆正忙于另一次回收。',
  'error.forbidden': '观察者不能执行命令。',
  'error.unauthorized': '本会话已不再处于登录状态。',
  'error.no_such_heap': '这个堆已不存在。',
  'error.heap_gone': '这个堆在答复之前就消失了。',
  'error.not_supported': '这个堆不支持该命令。',
  'error.limit': '命令过于频繁，请等待 {ms} 毫秒。',
  'error.timeout': '15 秒内没有答复。',
  'error.disconnected': '连接在答复到来之前中断了。',
  'error.other': '守护进程拒绝了：{message}',

  'refused.title': '此浏览器尚未登录',
  'refused.text': '守护进程有响应，但不认识这个浏览器：地址已被用过、已过期，或属于更早的一次运行。请在运行守护进程的机器上取得一个新地址，并在这里打开:',
  'refused.run': 'daemon/run 每次启动都会打印一个地址',
  'refused.url': 'auth.one_time_url（用操作员令牌调用）为正在运行的守护进程生成一个地址',
  'refused.retry': '再试一次',

  'lost.title': '连接中断',
  'lost.text': '无法连接守护进程。现在看到的是最后收到的数据；页面会自行重试并恢复。',

  'wait.title': '正在连接守护进程',
  'wait.text': '第一个样本马上就到。',
  'wait.view_failed': '无法获取该视图的代码：守护进程已离线，或已换成另一个版本。若是后者，请重新加载页面。',

  'empty.title': '还没有堆',
  'empty.text': '守护进程正在运行，但还没有任何堆可供查看。',

  'notice.restarted': '守护进程于 {time} 重启。它的计数从零重新开始，旧曲线予以保留。',
  'notice.lagged': '页面太慢，跳过了 {n} 条消息（{heap} 的 {topic}）。',
  'notice.lagged_unknown': '页面太慢，跳过了一些消息（{heap} 的 {topic}）。',
  'notice.dismiss': '知道了',
};
