// expressions.cs - what regular expressions say in one culture and in another. Built by mono's compiler: mono's
// Regex is that of .NET Framework, which reads case by the culture of the thread; newer .NET does not.
// Takes the lines of expressions.ps1 from standard input; prints a line each that depends on the culture.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;

static class Expressions
{
    // The account that signs in may have one of these.
    static readonly string[] cultures = { "", "tr-TR", "az-Latn-AZ" };

    static string Read(string base64)
    {
        return Encoding.UTF8.GetString(Convert.FromBase64String(base64));
    }

    // All that an operator of PowerShell makes of a text, as one text.
    static string Say(string[] part, string text)
    {
        var options = (RegexOptions)Enum.Parse(typeof(RegexOptions), part[4]);
        if (part[3] == "False")
            options |= RegexOptions.IgnoreCase;
        var regex = new Regex(Read(part[5]), options);
        if (part[2] == "replace")
            return regex.Replace(text, Read(part[6]));
        if (part[2] == "split")
            return string.Join("\x1f", regex.Split(text));
        var said = new StringBuilder();
        foreach (Match match in regex.Matches(text))
            foreach (Group group in match.Groups)
                said.Append(group.Success ? group.Value : "\x1e").Append('\x1f');
        return said.ToString();
    }

    static int Main()
    {
        var expressions = new List<string[]>();
        var texts = new List<string>();
        int different = 0;

        for (string line; (line = Console.ReadLine()) != null;) {
            var part = line.Split('\t');
            if (part[0] == "expression")
                expressions.Add(part);
            else
                texts.Add(Read(part[1]));
        }
        var ascii = new StringBuilder();
        for (char c = ' '; c < 127; c++)
            ascii.Append(c);
        texts.Add(ascii.ToString());
        for (char c = 'A'; c <= 'Z'; c++)
            texts.Add(c + ":\\");
        foreach (var part in expressions) {
            var said = new string[cultures.Length];
            foreach (var text in texts) {
                for (int i = 0; i < cultures.Length; i++) {
                    Thread.CurrentThread.CurrentCulture = CultureInfo.GetCultureInfo(cultures[i]);
                    said[i] = Say(part, text);
                }
                if (said[1] == said[0] && said[2] == said[0])
                    continue;
                Console.WriteLine("{0}: {1} under {2}: '{3}'", part[1], Read(part[5]),
                    said[1] != said[0] ? cultures[1] : cultures[2], text);
                different++;
                break;
            }
        }
        Console.WriteLine("{0} expressions, {1} texts, {2} different", expressions.Count, texts.Count, different);
        return 0;
    }
}
