// settings.js - settings and about, in Chinese.
/** @type {Record<string, string>} */
export default {
  'settings.appearance': '外观',
  'settings.theme': '主题',
  'settings.language': '语言',
  'settings.daemon': '守护进程',
  'settings.daemon_sub': '本页面所连接的对象',
  'settings.server': '服务',
  'settings.version': '版本',
  'settings.protocol': '协议',
  'settings.instance': '实例',
  'settings.role': '你的角色',

  'role.operator': '操作员：可查看，可下命令',
  'role.observer': '观察者：可查看',

  'settings.heaps': '堆',
  'settings.kind': '种类',
  'settings.runtime': '运行时',
  'settings.collector': '回收器',
  'settings.started': '启动于',
  'settings.workload': '负载',
  'settings.keys': '键盘',
  'settings.key_space': '暂停或继续绘制',
  'settings.key_views': '切换视图',
  'settings.key_esc': '关闭菜单',
  'settings.about': '关于',
  'settings.about_text': 'Ouro 让你看到垃圾回收器如何工作。本页面是静态的，离线可用，不向任何其他来源请求任何内容。',
  'settings.licences': '它建立在以下库之上，各有其许可证:',
};
