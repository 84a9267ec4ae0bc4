package roster

import (
	"slices"
	"unicode/utf8"
)

// Mask is a name as it may be shown to those who need not know it: the surname
// and a star, 李* or 欧阳*. Without a name it is the star.
func Mask(name string) string {
	runes := []rune(name)
	if !utf8.ValidString(name) || len(runes) == 0 {
		return "*"
	}
	kept := 1
	if len(runes) > 2 && slices.Contains(compoundSurnames(), string(runes[:2])) {
		kept = 2
	}
	return string(runes[:kept]) + "*"
}

// compoundSurnames are the surnames of two characters (复姓) in use.
func compoundSurnames() []string {
	return []string{
		"欧阳", "上官", "司马", "诸葛", "司徒", "皇甫", "尉迟", "公孙", "慕容", "令狐", "长孙", "宇文", "轩辕", "夏侯", "东方",
		"南宫", "西门", "独孤", "端木", "百里", "呼延", "闻人", "赫连", "澹台", "公冶", "宗政", "濮阳", "淳于", "单于", "太叔",
		"申屠", "仲孙", "钟离", "鲜于", "闾丘", "司空", "亓官", "司寇", "子车", "颛孙", "巫马", "公西", "漆雕", "乐正", "壤驷",
		"公良", "拓跋", "夹谷", "宰父", "谷梁", "左丘", "东郭", "万俟", "纳兰", "第五", "羊舌", "微生", "梁丘", "完颜", "耶律",
	}
}
