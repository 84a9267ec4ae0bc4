package web

import "fmt"

// providerSays tells a person why they are not let in; nothing for words that are no
// reason, because anybody can write an address.
func (l words) providerSays(why OutsideReason, of Claims) string {
	switch why {
	case OutsideAway:
		return l.T("统一身份认证暂时无法连接。请稍后再试，或用本系统的账户登录。",
			"The identity provider cannot be reached now. Try again later, or sign in with an account of this service.")
	case OutsideUnproven:
		return l.T("统一身份认证返回的结果未通过核验。请重新登录；仍不成功请联系系统管理员。",
			"What came back from the identity provider was not accepted. Sign in again; if that fails, ask an administrator.")
	case OutsideRole:
		return fmt.Sprintf(l.T("统一身份认证的声明“%s”中没有本系统的角色，或不止一个；须恰有一个。请联系系统管理员。",
			"The claim %q of the identity provider holds no role of this service, or several; it has to hold one. Ask an administrator."), of.Role)
	case OutsideOffice:
		return fmt.Sprintf(l.T("统一身份认证的声明“%s”没有给出本系统名册中的司法所，或不止一个。请联系系统管理员。",
			"The claim %q of the identity provider does not name one office of the roster here. Ask an administrator."), of.Office)
	case OutsideDistrict:
		return l.T("本系统的区县不止一个或尚未导入，统一身份认证无法确定区县。请用本系统的账户登录。",
			"There is not exactly one district here, so the identity provider's role does not tell which. Sign in with an account of this service.")
	case OutsideName:
		return l.T("统一身份认证给出的用户名（preferred_username，缺省为 sub）不能用作账户名：3 至 64 位小写字母、数字、点、横线和下划线。",
			"The name that the identity provider gives (preferred_username, else sub) cannot be one of an account: 3 to 64 of a-z, 0-9, dot, dash and underscore.")
	case OutsideTaken:
		return l.T("本系统已有同名账户。请用该账户登录，或联系系统管理员。",
			"There is an account of that name here. Sign in with it, or ask an administrator.")
	case outsideStale:
		return l.T("这次登录不是在本浏览器中开始的，或已超过 10 分钟，或已用过。请重新登录。",
			"This sign-in was not begun in this browser, took longer than 10 minutes, or was used already. Sign in again.")
	case outsideDenied:
		return l.T("统一身份认证拒绝了这次登录，或登录被取消。", "The identity provider refused the sign-in, or it was cancelled.")
	}
	return ""
}
