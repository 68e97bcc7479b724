// proxy.cs - what mono's HttpWebRequest, which is near .NET Framework's here, tells of an answer to CONNECT: a line a
// name, with the method of the response that the exception has, its status, and the issuer at its ServicePoint.
//   mono proxy.exe PORT NAME...
using System;
using System.Net;

static class Proxy
{
    static void Main(string[] args)
    {
        ServicePointManager.ServerCertificateValidationCallback = (sender, certificate, chain, errors) => true;
        for (int i = 1; i < args.Length; i++) {
            var request = (HttpWebRequest)WebRequest.Create("https://" + args[i] + "/");
            HttpWebResponse response;
            request.Proxy = new WebProxy("http://127.0.0.1:" + args[0]);
            request.Timeout = 20000;
            try {
                response = (HttpWebResponse)request.GetResponse();
            } catch (WebException e) {
                response = (HttpWebResponse)e.Response;
            }
            var certificate = request.ServicePoint.Certificate;
            Console.WriteLine("{0} {1} {2} {3}", args[i], response == null ? "none" : response.Method,
                response == null ? 0 : (int)response.StatusCode, certificate == null ? "none" : certificate.Issuer);
        }
    }
}
