package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"correctiond/strict"

	"go.yaml.in/yaml/v3"
)

// UnmarshalYAML keeps the nodes beside the values, for line numbers and for
// values that YAML would take for numbers, such as +8613800000000.
func (ch *channelConfig) UnmarshalYAML(node *yaml.Node) error {
	type plain channelConfig
	if err := node.Decode((*plain)(ch)); err != nil {
		return err
	}
	ch.nodes = map[string]*yaml.Node{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		value := *node.Content[i+1]
		value.Line = node.Content[i].Line
		ch.nodes[node.Content[i].Value] = &value
	}
	return nil
}

// path is how messages call the channel.
func (ch *channelConfig) path(i int) string {
	if channelName.MatchString(ch.Name) {
		return "alerts.channels." + ch.Name
	}
	return fmt.Sprintf("alerts.channels[%d]", i)
}

// decode reads the options of the channel's kind. Each line of its error begins
// with a key.
func (ch *channelConfig) decode() (*channelKind, channelOptions, error) {
	kinds := channelKinds()
	i := slices.IndexFunc(kinds, func(k channelKind) bool { return k.name == ch.Kind })
	if i < 0 {
		var names []string
		for _, k := range kinds {
			names = append(names, k.name)
		}
		best, _ := strict.Nearest(ch.Kind, names)
		return nil, nil, fmt.Errorf("kind: %q is not known; did you mean %s? There are %s", ch.Kind, best, strings.Join(names, ", "))
	}
	options := kinds[i].options()
	var all []error
	for _, key := range slices.Sorted(maps.Keys(ch.Options)) {
		all = append(all, ch.set(options, key))
	}
	return &kinds[i], options, errors.Join(all...)
}

func (ch *channelConfig) set(options channelOptions, key string) error {
	node := ch.nodes[key]
	if node == nil {
		node = &yaml.Node{}
		if err := node.Encode(ch.Options[key]); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	known := []string{"severities", "group"}
	for _, o := range optionsOf(options) {
		if o.path == key {
			if node.Decode(o.value.Addr().Interface()) != nil {
				return fmt.Errorf("%s: line %d is not a valid %s", key, node.Line, o.value.Type())
			}
			return nil
		}
		known = append(known, o.path)
	}
	best, _ := strict.Nearest(key, known)
	if slices.Contains(known, key+"_file") {
		best = key + "_file" // secrets stand in files
	}
	return fmt.Errorf("%s: line %d: unknown key; did you mean %s?", key, node.Line, best)
}

// optionsOf lists the keys of a kind.
func optionsOf(options channelOptions) []leaf {
	return slices.DeleteFunc(leavesOf(reflect.ValueOf(options).Elem(), ""), func(l leaf) bool { return l.path == "-" })
}

// textOption gives the value of a key, "" where the kind has no such key.
func textOption(options channelOptions, key string) string {
	for _, o := range optionsOf(options) {
		if o.path == key {
			return o.value.String()
		}
	}
	return ""
}

// channelSecrets fills the fields that the tags of secret keys name: from the
// environment, CORRECTIOND_ALERTS_CHANNELS_DUTY_WECOM_SECRET for the key
// secret_file of duty-wecom, else from the file.
func (cfg *config) channelSecrets(name string, options channelOptions) error {
	values := reflect.ValueOf(options).Elem()
	for i := range values.NumField() {
		field := values.Type().Field(i)
		target := field.Tag.Get("secret")
		if target == "" {
			continue
		}
		secret, err := cfg.channelSecret(name, yamlKey(field), values.Field(i).String())
		if err != nil {
			return err
		}
		values.FieldByName(target).SetString(secret)
	}
	return nil
}

func (cfg *config) channelSecret(name, key, file string) (string, error) {
	if value := cfg.fromEnv("alerts.channels." + name + "." + key); value != "" || file == "" {
		return value, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	return strings.TrimRight(string(data), "\r\n"), nil
}

// prefixed puts a prefix before each line of an error.
func prefixed(prefix string, err error) error {
	return errors.New(prefix + strings.ReplaceAll(err.Error(), "\n", "\n"+prefix))
}
